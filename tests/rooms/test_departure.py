"""Whoever asked for the end of their account is in no Space from that moment on, plans none, and is invited to none."""

import pytest
from channels.db import database_sync_to_async

from accounts.services import closing
from rooms import mail, selectors
from rooms.feeds import feed_token
from rooms.identity import bearer_token
from rooms.models import Invitation, Notice, Seat, Space
from rooms.relay import client as relay
from rooms.services import attendance, departure, invitations, reminders, schedule, spaces
from rooms.tasks import sweep_absent
from tests.rooms.test_account_socket import signed_in
from tests.support import cast
from tests.support.invited import ask, refusal
from tests.support.live import AtHome, Visitor
from tests.support.planned import plan

act = database_sync_to_async


@pytest.fixture
def at_once(django_capture_on_commit_callbacks):
    """Closes an account, and does what follows after commit."""

    def close(user) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            closing.close(by=user)

    return close


# --- What is refused from then on ---


def test_nobody_invites_them(room, at_once):
    stranger = cast.user("stranger")
    at_once(stranger)
    assert refusal(ask, room.space, stranger) == "unknown_person"


def test_they_start_and_plan_nothing(db, at_once):
    ana = cast.user("ana")
    at_once(ana)
    assert refusal(spaces.start, title="Mine", by=ana) == "suspended"
    assert refusal(plan, ana) == "suspended"


def test_their_calendar_is_nobodys(db, at_once):
    ana = cast.user("ana")
    token = feed_token(ana.pk, 1)
    assert selectors.feed_owner(token) == ana
    at_once(ana)
    assert selectors.feed_owner(token) is None


def test_their_token_opens_no_sound(committed_room, client):
    speaker = committed_room.speaker
    closing.close(by=speaker.user)
    headers = {"Authorization": f"Bearer {bearer_token(speaker)}"}
    address = f"/spaces/{committed_room.space.slug}/whip"
    assert client.post(address, data=b"v=0", content_type="application/sdp", headers=headers).status_code == 401


# --- Where they were ---


@pytest.mark.parametrize("name", ["cohost", "speaker", "listener"])
def test_they_are_out_and_their_seat_is_free(room, at_once, name):
    at_once(room.people[name].user)
    assert not room.now(name).is_present
    assert not Seat.objects.filter(participant=room.people[name]).exists()


def test_the_relay_hears_of_it_with_everybody_elses_page(room, at_once, monkeypatch):
    told = []
    monkeypatch.setattr(relay, "apply", told.append)
    at_once(room.speaker.user)
    assert told and str(room.speaker.pk) in told[-1].gone


def test_a_co_host_takes_over_at_once(room, at_once):
    at_once(room.host.user)
    assert room.now("cohost").role == "host"
    assert Space.objects.get(pk=room.space.pk).host == room.cohost.user


def test_without_a_co_host_the_end_is_near_and_a_closing_one_takes_nothing_over(room, at_once):
    at_once(room.cohost.user)
    at_once(room.host.user)
    assert Space.objects.get(pk=room.space.pk).closing_at is not None


def test_a_place_that_was_held_for_the_host_is_held_no_longer(room, at_once):
    attendance.walk_out(participant=room.host)
    at_once(room.host.user)
    assert room.now("cohost").role == "host"


def test_what_they_planned_is_called_off_and_those_who_wait_are_told(db, at_once):
    host, waiting = cast.user("host"), cast.user("waiting")
    space = plan(host)
    reminders.ask(space=space, by=waiting)
    at_once(host)
    assert Space.objects.get(pk=space.pk).state == "cancelled"
    assert Notice.objects.get(user=waiting).kind == "cancelled"


def test_keeping_the_account_leaves_it_called_off(db, at_once, client):
    host = cast.user("host")
    space = plan(host)
    at_once(host)
    closing.keep(by=host)
    client.force_login(host)
    assert "cancelled this Space" in client.get(space.get_absolute_url()).content.decode()
    assert plan(host, "Another").is_scheduled


def test_they_are_mailed_nothing(db, at_once):
    host, waiting = cast.user("host"), cast.user("waiting")
    space = plan(host)
    reminders.ask(space=space, by=waiting)
    schedule.cancel(space=space, by=host)
    at_once(waiting)
    assert not mail.is_news(Notice.objects.select_related("user", "space").get(user=waiting))


def test_doing_it_again_changes_nothing(room, at_once):
    at_once(room.host.user)
    version = Space.objects.get(pk=room.space.pk).version
    departure.depart(user=room.host.user)
    assert Space.objects.get(pk=room.space.pk).version == version


def test_what_got_lost_on_the_way_is_done_by_the_sweep(room):
    """A process that is killed after its commit tells nobody."""
    planned = plan(room.speaker.user)
    closing.close(by=room.speaker.user)
    assert room.now("speaker").is_present
    sweep_absent()
    assert not room.now("speaker").is_present
    assert Space.objects.get(pk=planned.pk).state == "cancelled"


def test_an_invitation_waits_for_whoever_keeps_their_account(room, at_once):
    stranger = cast.user("stranger")
    asked = ask(room.space, stranger)
    at_once(stranger)
    closing.keep(by=stranger)
    assert invitations.accept(invitation=Invitation.objects.get(pk=asked.pk), by=stranger).is_present


def test_an_account_that_is_erased_at_once_ends_what_it_hosts(room, at_once):
    for name in ("cohost", "host"):
        at_once(room.now(name).user)
    departure.end_hosted(user=room.host.user)
    assert Space.objects.get(pk=room.space.pk).state == "ended"


def test_how_many_queries_it_takes_to_find_them(room, django_assert_num_queries):
    with django_assert_num_queries(2):
        selectors.leaving()
        selectors.live_stays(room.host.user)


# --- Open windows ---


async def test_their_windows_close(committed_room):
    listener = committed_room.listener.user
    jar = await act(signed_in)(listener)
    home, inside = await AtHome(jar).open(), await Visitor(committed_room.space.slug, jar).open()
    await act(closing.close)(by=listener)
    for window in (home, inside):
        await window.until(lambda window=window: window.closed is not None)
    assert home.closed == 4401
    again = AtHome(jar)
    assert (await again.socket.connect())[0]
    await again.until(lambda: again.closed == 4401)
    assert again.received == 0
