"""For whom it does not let in, a private Space does not exist: at any address, by any verb, in any list or socket."""

from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from rooms import selectors, urls
from rooms.consumers import live
from rooms.models import Invitation, InviteLink, Space
from rooms.services import attendance, invitations, links, reminders, removal, schedule, spaces
from tests.rooms.test_live_equals_reload import cookies_of
from tests.support import cast
from tests.support.invited import ask, planned
from tests.support.live import Visitor
from tests.support.same import as_answered
from tests.support.strangers import STRANGERS, with_a_link, with_an_account

act = database_sync_to_async

# Every address of a Space there is, whoever adds one.
ADDRESSES = {each.name: each.pattern for each in urls.urlpatterns if "slug" in each.pattern.converters}
NOWHERE = "b234-c567-d89f"
SDP = {"data": "v=0", "content_type": "application/sdp"}
REQUESTS = [
    *((verb, {}) for verb in ("get", "head", "post", "put", "patch", "delete", "options")),
    *((verb, {"headers": {"HX-Request": "true"}}) for verb in ("get", "post", "delete")),
    ("post", SDP),
    ("post", SDP | {"headers": {"Authorization": "Bearer x"}}),
    ("delete", {"headers": {"Authorization": "Bearer x"}}),
]
# Who asks and how one asks are decided apart: all ways are tried by one stranger.
FEW_REQUESTS = [("get", {}), ("post", SDP), ("delete", {"headers": {"HX-Request": "true"}})]


def hide(room: cast.Cast) -> cast.Cast:
    """Private, with an open invitation and an open link."""
    Space.objects.filter(pk=room.space.pk).update(is_private=True, title="Secret garden")
    room.space.refresh_from_db()
    ask(room.space, cast.user("invited"), "listen")
    links.make(space=room.space, by=room.host.user)
    return room


@pytest.fixture
def room(room) -> cast.Cast:
    return hide(room)


@pytest.fixture
def committed_room(committed_room) -> cast.Cast:
    return hide(committed_room)


def paths(name: str, slug: str, room: cast.Cast) -> list[str]:
    """With every id of that Space that could stand in the address."""
    ids = {"pid": [room.speaker.pk], "session": ["x"]}
    ids["pk"] = [model.objects.filter(space=room.space).earliest("created_at").pk for model in (Invitation, InviteLink)]
    others = [key for key in ADDRESSES[name].converters if key != "slug"]
    if not others:
        return [reverse(name, args=[slug])]
    assert len(others) == 1, f"{name}: say which ids to try"
    return [reverse(name, kwargs={"slug": slug, others[0]: pk}) for pk in ids[others[0]]]


@pytest.mark.parametrize(
    "who", [who if who == "a guest" else pytest.param(who, marks=pytest.mark.slow) for who in STRANGERS]
)
def test_every_address_of_it_answers_as_if_it_had_never_been(committed_room, who):
    room = committed_room
    client = STRANGERS[who](room.space)
    for name in ADDRESSES:
        for here, nowhere in zip(paths(name, room.space.slug, room), paths(name, NOWHERE, room), strict=True):
            for verb, request in REQUESTS if who == "a stranger with an account" else FEW_REQUESTS:
                # The limit on commands is the same everywhere, and would hide the rest.
                cache.clear()
                real = as_answered(getattr(client, verb)(here, **request), room.space.slug)
                assert real == as_answered(getattr(client, verb)(nowhere, **request), NOWHERE), f"{verb} {here}"
                assert real[0] != 200 or verb == "options", f"{verb} {here}"


def test_without_a_csrf_token_there_is_no_difference_either(committed_room):
    room, client = committed_room, Client(enforce_csrf_checks=True)
    for name in ("whep", "whip", "attendance", "links"):
        answers = [as_answered(client.post(reverse(name, args=[s]), **SDP), s) for s in (room.space.slug, NOWHERE)]
        assert answers[0] == answers[1] and answers[0][0] == 403, name


def test_the_walk_passes_every_kind_of_address():
    for name in (
        "space",
        "space_json",
        "space_ics",
        "attendance",
        "person_mute",
        "whep",
        "whip_session",
        "links",
        "link",
    ):
        assert name in ADDRESSES


@pytest.mark.parametrize("who", STRANGERS)
def test_no_page_that_lists_spaces_shows_it(room, who):
    client, coming = STRANGERS[who](room.space), planned(is_private=True, title="Roofs in private")
    for page in (reverse("home"), room.host.user.get_absolute_url(), reverse("calendar"), reverse("space_new")):
        shown = client.get(page, follow=True).content.decode()
        for space in (room.space, coming):
            assert space.slug not in shown and space.title not in shown, page


def test_whom_it_lets_in_sees_it_and_no_cache_keeps_it(room):
    invited, (holder, _) = with_an_account(User.objects.get(handle="invited")), with_a_link(room.space)
    for client in (invited, holder, with_an_account(room.listener.user)):
        assert "Secret garden" in client.get(room.space.get_absolute_url()).content.decode()
        facts = client.get(reverse("space_json", args=[room.space.slug]))
        assert (facts.status_code, facts["Cache-Control"]) == (200, "private, no-store")
    Space.objects.update(is_private=False)
    assert Client().get(reverse("space_json", args=[room.space.slug]))["Cache-Control"] == "public, max-age=2"


def test_somebody_removed_hears_no_more_of_what_goes_on_inside(room):
    client = with_an_account(room.listener.user)
    removal.remove(participant=room.listener, by=room.host)
    page = client.get(room.space.get_absolute_url()).content.decode()
    assert "You were removed" in page and "Speaker" not in page
    facts = client.get(reverse("space_json", args=[room.space.slug]))
    assert facts.status_code == 403 and "Speaker" not in facts.content.decode()


# --- Sockets ---


def jar_of(client: Client) -> dict[str, str]:
    return {name: cookie.value for name, cookie in client.cookies.items()}


@pytest.fixture
def quick_pulse(monkeypatch):
    monkeypatch.setattr(live, "PULSE_SECONDS", 0.05)


@pytest.mark.parametrize("who", STRANGERS)
async def test_a_socket_closes_unheard_as_if_it_had_never_been(committed_room, who):
    client = await act(STRANGERS[who])(committed_room.space)
    visitor = Visitor(committed_room.space.slug, jar_of(client))
    assert (await visitor.socket.connect())[0]
    await visitor.until(lambda: visitor.closed == 4404)
    assert visitor.received == 0


async def test_somebody_removed_is_told_that_and_nothing_else(committed_room):
    jar = await act(cookies_of)(committed_room.listener)
    window = await Visitor(committed_room.space.slug, jar).open()
    await act(removal.remove)(participant=committed_room.listener, by=committed_room.host)
    await window.until(lambda: window.closed == 4403)
    late = Visitor(committed_room.space.slug, jar)
    assert (await late.socket.connect())[0]
    await late.until(lambda: late.closed == 4403)
    assert set(late.page.elements) == {"dock-body"}


def made_private(room: cast.Cast) -> tuple[Client, object]:
    Space.objects.update(is_private=False)
    return Client(), lambda: spaces.change_settings(space=room.space, by=room.host.user, is_private=True)


def link_revoked(room: cast.Cast) -> tuple[Client, object]:
    client, link = with_a_link(room.space)
    return client, lambda: links.revoke(link=link, by=room.host.user)


def invitation_over(end) -> object:
    def of(room: cast.Cast) -> tuple[Client, object]:
        user = cast.user("once_invited")
        invitation = ask(room.space, user, "listen")
        return with_an_account(user), lambda: end(invitation, user)

    return of


def lapse(invitation: Invitation, _) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=invitation.created_at)
    invitations.expire(space_id=invitation.space_id, now=timezone.now())


ENDS = {
    "it is made private": made_private,
    "the link is revoked": link_revoked,
    "the invitation is withdrawn": invitation_over(
        lambda invitation, _: invitations.withdraw(invitation=invitation, by=invitation.space.host)
    ),
    "the invitation is declined": invitation_over(
        lambda invitation, user: invitations.decline(invitation=invitation, by=user)
    ),
    "the invitation lapses": invitation_over(lapse),
}


@pytest.mark.parametrize("how", ENDS)
async def test_whoever_looks_in_from_outside_is_shut_out_when(committed_room, how):
    client, end = await act(ENDS[how])(committed_room)
    outside = await Visitor(committed_room.space.slug, jar_of(client)).open()
    listener = await Visitor(committed_room.space.slug, await act(cookies_of)(committed_room.listener)).open()
    await act(end)()
    await outside.until(lambda: outside.closed == 4404)
    await act(attendance.leave)(participant=committed_room.guest, by=committed_room.guest)
    await listener.until(lambda: "1 listening" in listener.page.elements["space-header"])
    await listener.close()


async def test_whoever_holds_another_way_in_stays(committed_room):
    client, link = await act(with_a_link)(committed_room.space)
    outside = await Visitor(committed_room.space.slug, jar_of(client)).open()
    other, _ = await act(links.make)(space=committed_room.space, by=committed_room.host.user)
    await act(links.revoke)(link=other, by=committed_room.host.user)
    await act(attendance.leave)(participant=committed_room.guest, by=committed_room.guest)
    await outside.until(lambda: "1 listening" in outside.page.elements["space-header"])
    await outside.close()


async def test_a_way_in_that_ends_by_the_clock_needs_no_news(committed_room, quick_pulse):
    client, link = await act(with_a_link)(committed_room.space)
    outside = await Visitor(committed_room.space.slug, jar_of(client)).open()
    await act(InviteLink.objects.filter(pk=link.pk).update)(expires_at=link.created_at)
    await outside.until(lambda: outside.closed == 4404)


def test_whoever_lost_their_way_in_is_told_nothing_any_more(db):
    host, friend = cast.user("host"), cast.user("friend")
    space = schedule.plan(title="Quiet", is_private=True, scheduled_for=timezone.now() + timedelta(days=1), by=host)
    link, _ = links.make(space=space, by=host)
    reminders.ask(space=space, link=link, by=friend)
    assert selectors.waiting(space) == {friend.pk}
    links.revoke(link=link, by=host)
    assert selectors.waiting(space) == set()
    invitations.invite(space=space, user=friend, kind="listen", by=host)
    assert selectors.waiting(space) == {friend.pk}
