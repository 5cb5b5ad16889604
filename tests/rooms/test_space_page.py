"""What the page of a live Space says to whom: refusals at the door, the facts in its header, being unnamed."""

from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms import fragments
from rooms.identity import GUEST_COOKIE, LINKS_KEY
from rooms.models import Participant, Space
from rooms.services import attendance, links, removal, schedule, spaces, stage, turns
from tests.rooms.test_pages import HTMX, address, client_of
from tests.support import cast
from tests.support.live import Visitor


def page_of(client: Client, space: Space) -> str:
    return client.get(space.get_absolute_url()).content.decode()


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def set_to(room: cast.Cast, **settings) -> None:
    spaces.change_settings(space=room.space, by=room.host.user, **settings)


def header(room: cast.Cast) -> str:
    return page_of(Client(), room.space).split('id="space-header"')[1].split("</header>")[0]


def news(visitor: Visitor) -> str:
    return visitor.page.elements["space-header"].split('id="space-news"')[1].split("</div>")[0]


def with_link(space: Space, client: Client) -> Client:
    """A browser in which an invite link was opened."""
    link, _token = links.make(space=space, by=space.host)
    session = client.session
    session[LINKS_KEY] = [str(link.pk)]
    session.save()
    return client


# --- The door ---


def test_with_guests_off_a_visitor_is_told_to_sign_in_and_finds_no_button(room):
    set_to(room, guests_allowed=False)
    page = page_of(Client(), room.space)
    assert "This Space is for people with an account" in page
    assert 'id="listen"' not in page
    back = f"?next={room.space.get_absolute_url()}"
    assert f"{reverse('account_login')}{back}" in page and f"{reverse('account_signup')}{back}" in page


def test_with_guests_off_people_with_an_account_come_in_as_ever(room):
    set_to(room, guests_allowed=False)
    page = page_of(signed_in(cast.user("stranger")), room.space)
    assert 'id="listen"' in page and "for people with an account" not in page


def test_a_guest_who_had_to_go_reads_why_and_how_to_come_back(room):
    client = Client()
    client.post(address("attendance", room))
    set_to(room, guests_allowed=False)
    assert "Its host switched guests off" in page_of(client, room.space)
    assert client.post(address("attendance", room), headers=HTMX).status_code == 403


async def test_every_window_of_a_guest_learns_that_guests_are_off(committed_room):
    client = Client()
    await database_sync_to_async(client.post)(address("attendance", committed_room))
    cookies = {GUEST_COOKIE: client.cookies[GUEST_COOKIE].value}
    windows = [await Visitor(committed_room.space.slug, cookies).open() for _ in range(2)]
    await database_sync_to_async(set_to)(committed_room, guests_allowed=False)
    for window in windows:
        await window.until(lambda w=window: 'data-inside="0"' in w.page.elements["dock-body"])
        assert "This Space is for people with an account. Sign in to listen." in window.page.elements["dock-body"]
        await window.until(lambda w=window: 'data-door="accounts"' in w.page.elements["space-header"])
        await window.close()


def test_whoever_was_removed_reads_why_instead_of_the_room(room):
    removal.remove(participant=room.listener, by=room.host)
    page = page_of(client_of(room.listener), room.space)
    assert "You were removed from this Space" in page and 'id="stage"' not in page
    assert "The hosts removed you" in fragments.dock_body(room.now("listener"))


def test_somebody_who_left_by_themselves_is_given_no_reason(room):
    attendance.leave(participant=room.listener, by=room.listener)
    assert 'data-why=""' in fragments.dock_body(room.now("listener"))


def test_a_private_space_does_not_exist_for_a_guest_without_a_link(room):
    set_to(room, is_private=True)
    assert Client().get(room.space.get_absolute_url()).status_code == 404
    assert Client().post(address("attendance", room)).status_code == 404


def test_a_guest_with_an_invite_link_listens_in_a_private_space(room):
    set_to(room, is_private=True)
    client = with_link(room.space, Client())
    assert 'id="listen"' in page_of(client, room.space)
    assert client.post(address("attendance", room), headers=HTMX).status_code == 303
    assert 'id="roster"' in page_of(client, room.space)


def test_a_visitor_in_another_space_is_asked_before_they_leave_it(room):
    other = spaces.start(title="Next door", speak_permission="invited", by=cast.user("neighbour"))
    page = page_of(client_of(room.listener), other)
    assert "You are in “Evening talk”. Leave it and listen here?" in page


# --- Unnamed ---


def test_nobody_is_unnamed_without_asking_for_it(room):
    client = signed_in(cast.user("shy"))
    assert "Listen without my name" in page_of(client, room.space)
    client.post(address("attendance", room))
    assert not Participant.objects.get(user__handle="shy").unnamed


def test_guests_and_hosts_are_not_asked_whether_they_want_to_be_unnamed(room):
    assert 'id="unnamed"' not in page_of(Client(), room.space)
    attendance.walk_out(participant=room.host)
    assert 'id="unnamed"' not in page_of(client_of(room.host), room.space)


def test_whoever_listens_unnamed_is_counted_and_named_once_their_hand_is_up(room):
    client = signed_in(cast.user("shy"))
    client.post(address("attendance", room), {"unnamed": "on"})
    page = page_of(client_of(room.listener), room.space)
    assert "1 listens unnamed" in page and "3 listening" in page and "Shy" not in page
    assert "Raising your hand shows it" in page_of(client, room.space) and "Raising your hand shows it" not in page
    client.post(address("hand", room))
    page = page_of(client_of(room.listener), room.space)
    assert "unnamed" not in page and "Shy" in page


def test_a_guest_who_asks_to_be_unnamed_is_a_guest(room):
    client = Client()
    assert client.post(address("attendance", room), {"unnamed": "on"}).status_code == 303
    assert not Participant.objects.filter(unnamed=True).exists()


# --- The header ---


@pytest.mark.parametrize(
    ("permission", "words"),
    [
        ("everyone", "Anyone may speak"),
        ("followed", "People the host follows may speak"),
        ("invited", "The host asks people up"),
    ],
)
def test_the_header_says_who_may_speak(room, permission, words):
    set_to(room, speak_permission=permission)
    assert words in header(room)


def test_the_header_says_what_it_is_about_and_in_which_language(room):
    details = {"title": "Abendrunde", "description": "Bring was mit.\n<b>Topf</b>", "topics": ["essen", "garten"]}
    spaces.describe(space=room.space, language="de", by=room.host.user, **details)
    shown = header(room)
    for words in ("Abendrunde", "Bring was mit.", "&lt;b&gt;Topf&lt;/b&gt;", "essen", "garten", "Deutsch"):
        assert words in shown


def test_the_header_marks_a_private_space(room):
    assert "Private" not in header(room)
    set_to(room, is_private=True)
    assert "Private" in page_of(client_of(room.host), room.space)


def test_the_header_marks_one_at_a_time(room):
    assert "One at a time" not in header(room)
    turns.open_turns(space=room.space, seconds=60, by=room.host)
    assert "One at a time" in header(room)


def test_the_header_says_that_the_host_is_reconnecting(room):
    assert "reconnecting" not in header(room)
    attendance.note_connections(lost=[str(room.host.pk)], back=[])
    assert "The host is reconnecting." in header(room)


def test_a_cohost_who_is_away_is_not_the_host(room):
    attendance.note_connections(lost=[str(room.cohost.pk)], back=[])
    assert "The host is reconnecting." not in header(room)


async def test_everybody_sees_the_countdown_when_the_host_is_gone_and_its_end_when_they_are_back(committed_room):
    room = committed_room
    await database_sync_to_async(stage.free_seat)(participant=room.cohost, by=room.host)
    visitor = await Visitor(room.space.slug, {}).open()
    await database_sync_to_async(attendance.leave)(participant=room.host, by=None)
    await visitor.until(lambda: "The host is gone. This Space ends" in news(visitor))
    space = await Space.objects.aget(pk=room.space.pk)
    assert f'role="timer" datetime="{space.closing_at:%Y-%m-%dT%H:%M:%S}' in news(visitor)
    assert "reconnecting" not in news(visitor)
    await database_sync_to_async(cast.enter)(room.space, room.host.user)
    await visitor.until(lambda: news(visitor).endswith('role="status">'))
    await visitor.close()


def test_those_who_lead_are_led_to_editing_and_inviting_and_nobody_else_is(room):
    for name, leads in (("host", True), ("cohost", True), ("speaker", False), ("listener", False)):
        page = page_of(client_of(room.now(name)), room.space)
        for where in ("space_edit", "invitations"):
            assert (page.count(address(where, room)) == 1) is leads, (name, where)


# --- Waiting for it ---


async def test_those_who_wait_learn_from_the_header_that_it_is_on_air(transactional_db):
    at = timezone.now() + timedelta(hours=1)
    host = await database_sync_to_async(cast.user)("host")
    space = await database_sync_to_async(schedule.plan)(title="Tomorrow", scheduled_for=at, by=host)
    page = await database_sync_to_async(page_of)(Client(), space)
    assert "data-space-page" in page and page.count('data-state="scheduled"') == 2
    visitor = await Visitor(space.slug, {}).open()
    await database_sync_to_async(schedule.go_live)(space=space, by=host)
    await visitor.until(lambda: 'data-state="live"' in visitor.page.elements["space-header"])
    await visitor.close()
    assert 'id="listen"' in await database_sync_to_async(page_of)(Client(), space)
