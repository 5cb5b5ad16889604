"""Around a block: what was open between the two ends, pages say why one is out, and people are warned of speakers."""

import pytest
from channels.db import database_sync_to_async
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import groups
from accounts.services import blocks
from rooms import fragments, selectors
from rooms.relay import client
from rooms.services import invitations, links, reminders, schedule, stage
from tests.rooms.test_live_equals_reload import cookies_of
from tests.support import cast
from tests.support.invited import ask
from tests.support.live import AtHome, Visitor
from tests.support.planned import accepted, plan

pytestmark = pytest.mark.django_db(transaction=True)
act = database_sync_to_async


@pytest.fixture
def room(transactional_db) -> cast.Cast:
    return cast.live_space()


# --- What was open between the two ---


@pytest.mark.parametrize("blocker", ["asked", "asks"])
def test_a_block_withdraws_what_either_asked_the_other(room, blocker):
    asked, asks = cast.user("asked"), room.cohost.user
    invitation = invitations.invite(space=room.space, user=asked, kind="speak", by=asks)
    blocks.block(person=asks if blocker == "asked" else asked, by=asked if blocker == "asked" else asks)
    invitation.refresh_from_db()
    assert invitation.state == "withdrawn" and selectors.invitations_to(asked) == []


def test_a_block_ends_a_reminder_of_what_the_blocked_one_hosts(room):
    space, reader = plan(cast.user("planner")), cast.user("reader")
    reminders.ask(space=space, by=reader)
    blocks.block(person=space.host, by=reader)
    assert not selectors.reminded(space, reader) and selectors.waiting(space) == set()


def test_of_a_host_who_blocked_them_people_are_told_no_more_until_they_are_unblocked(room):
    space, reader = plan(cast.user("planner")), cast.user("reader")
    reminders.ask(space=space, by=reader)
    assert selectors.calendar_of(reader, timezone.now()) == [space]
    blocks.block(person=reader, by=space.host)
    assert selectors.calendar_of(reader, timezone.now()) == [] and selectors.waiting(space) == set()
    blocks.unblock(person=reader, by=space.host)
    assert selectors.calendar_of(reader, timezone.now()) == [space] and selectors.waiting(space) == {reader.pk}


def test_what_comes_from_people_one_mutes_waits_without_a_mark(room):
    asked = cast.user("asked")
    ask(room.space, asked)
    space = plan(cast.user("planner"))
    reminders.ask(space=space, by=asked)
    reminders.tell(space, "moved", [asked.pk])
    assert fragments.for_you_context(asked)["count"] == 2
    for one in (room.host.user, space.host):
        blocks.mute(person=one, by=asked)
    context = fragments.for_you_context(asked)
    assert context["count"] == 0 and len(context["invitations"]) == len(context["notices"]) == 1


# --- Pages ---


def as_seen_by(user, space) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(space.get_absolute_url())
    return response.content.decode() if response.status_code == 200 else str(response.status_code)


@pytest.mark.parametrize("state", ["live", "scheduled"])
def test_its_page_says_so_in_the_place_of_the_button(state):
    space = plan(cast.user("planner"), "Gardens") if state == "scheduled" else cast.live_space("Gardens").space
    stranger = cast.user("stranger")
    assert "Gardens" in as_seen_by(stranger, space)
    blocks.block(person=stranger, by=space.host)
    page = as_seen_by(stranger, space)
    assert "Its host or a co-host blocked you" in page
    assert 'id="listen"' not in page and "Gardens" not in page


def test_listening_anyway_is_refused_in_a_sentence(room):
    stranger = cast.user("stranger")
    blocks.block(person=stranger, by=room.host.user)
    client = Client()
    client.force_login(stranger)
    response = client.post(reverse("attendance", args=[room.space.slug]), headers={"HX-Request": "true"})
    assert response.status_code == 403 and "blocked you" in response.content.decode()


def test_a_private_space_does_not_exist_for_whom_its_host_blocked():
    space, friend = plan(cast.user("planner"), is_private=True), cast.user("friend")
    accepted(space, friend)
    _, token = links.make(space=space, by=space.host)
    client = Client()
    client.force_login(friend)
    client.get(reverse("join", args=[token]))
    assert client.get(space.get_absolute_url()).status_code == 200
    blocks.block(person=friend, by=space.host)
    assert client.get(space.get_absolute_url()).status_code == 404
    assert client.get(reverse("space_ics", args=[space.slug])).status_code == 404


def test_whoever_was_inside_a_private_one_is_told_why_they_are_out():
    planned = plan(cast.user("planner"), "Gardens", is_private=True)
    friend = cast.user("friend")
    ask(planned, friend, "listen")
    space = schedule.go_live(space=planned, by=planned.host)
    cast.enter(space, friend)
    blocks.block(person=friend, by=space.host)
    page = as_seen_by(friend, space)
    assert "Its host or a co-host blocked you" in page and "Gardens" not in page


# --- Warned ---


def test_whoever_blocked_a_speaker_is_warned_before_they_come_in_and_inside(room, django_assert_num_queries):
    reader = cast.user("reader")
    assert "you blocked" not in as_seen_by(reader, room.space)
    blocks.block(person=room.speaker.user, by=reader)
    assert "Somebody you blocked is on stage: Speaker." in as_seen_by(reader, room.space)
    cast.enter(room.space, reader)
    page = as_seen_by(reader, room.space)
    assert page.count("Somebody you blocked is on stage: Speaker.") == 1
    with django_assert_num_queries(1):
        assert selectors.blocked_on_stage(room.space, reader) == [room.speaker.user]
    stage.free_seat(participant=room.speaker, by=room.host)
    assert "you blocked" not in as_seen_by(reader, room.space)


def test_only_those_inside_who_blocked_somebody_are_warned_of_them(room, django_assert_num_queries):
    blocks.block(person=room.speaker.user, by=room.listener.user)
    blocks.block(person=room.speaker.user, by=cast.user("elsewhere"))
    with django_assert_num_queries(1):
        assert selectors.warned_of(room.space.pk, [room.speaker.pk, room.cohost.pk]) == [room.listener.pk]
    with django_assert_num_queries(0):
        assert selectors.warned_of(room.space.pk, []) == []
    with django_assert_num_queries(2):
        assert selectors.to_see_off(room.space) == []
    with django_assert_num_queries(1):
        assert selectors.shut_out_accounts(room.space.pk) == []
    with django_assert_num_queries(1):
        assert selectors.concerned(room.listener.user_id, room.speaker.user_id) == []


# --- Sockets ---


def cookies(user) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return {"sessionid": client.cookies["sessionid"].value}


async def test_every_window_of_whom_the_host_blocks_closes_with_4403(committed_room):
    jar = await act(cookies_of)(committed_room.listener)
    windows = [await Visitor(committed_room.space.slug, jar).open() for _ in range(2)]
    await act(blocks.block)(person=committed_room.listener.user, by=committed_room.host.user)
    for window in windows:
        await window.until(lambda w=window: w.closed == 4403)
        assert 'data-barred="blocked"' in window.page.elements["dock-body"]
    late = Visitor(committed_room.space.slug, jar)
    assert (await late.socket.connect())[0]
    await late.until(lambda: late.closed == 4403)
    assert set(late.page.elements) == {"dock-body"}


async def test_the_page_before_joining_learns_it_too_when_a_block_begins_to_count(committed_room):
    room, stranger = committed_room, await act(cast.user)("stranger")
    await act(blocks.block)(person=stranger, by=room.speaker.user)
    outside = await Visitor(room.space.slug, await act(cookies)(stranger)).open()
    await act(cast.make_cohost)(room.speaker, by=room.host)
    await outside.until(lambda: outside.closed == 4403)


async def test_a_warning_comes_and_goes_with_whom_it_is_about(committed_room):
    room = committed_room
    visitor = await Visitor(room.space.slug, await act(cookies_of)(room.listener)).open()
    await act(blocks.block)(person=room.speaker.user, by=room.listener.user)
    await visitor.until(lambda: "is on stage: Speaker." in visitor.page.elements["dock-body"])
    await act(stage.free_seat)(participant=room.speaker, by=room.host)
    await visitor.until(lambda: "you blocked" not in visitor.page.elements["dock-body"])
    await act(cast.seat)(room.speaker, by=room.host)
    await visitor.until(lambda: "is on stage: Speaker." in visitor.page.elements["dock-body"])
    await act(blocks.unblock)(person=room.speaker.user, by=room.listener.user)
    await visitor.until(lambda: "you blocked" not in visitor.page.elements["dock-body"])
    await visitor.close()


async def test_what_either_asked_the_other_leaves_the_home_page(committed_room):
    room, asked = committed_room, await act(cast.user)("asked")
    await act(ask)(room.space, asked)
    page = await AtHome(await act(cookies)(asked)).open()
    assert page.shows("Evening talk")
    await act(blocks.block)(person=room.host.user, by=asked)
    await page.until(lambda: not page.shows("Evening talk"))
    await page.close()


# --- Sound ---


def test_the_relay_is_told_to_hang_up_before_anybody_else_hears_of_it(room, monkeypatch):
    told = []
    monkeypatch.setattr(client, "apply", lambda state, timeout=0: told.append(("relay", state)))
    monkeypatch.setattr(groups, "send", lambda messages: told.append(("pages", messages)))
    blocks.block(person=room.speaker.user, by=room.host.user)
    (first, state), *rest = told
    assert first == "relay" and state.gone == (str(room.speaker.pk),)
    assert str(room.speaker.pk) not in {seat.participant for seat in state.seats}
    assert "pages" in {name for name, _ in rest}
