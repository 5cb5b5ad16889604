"""Of whom nothing was seen for as long as their place is held has left; a lost Redis means that nothing is known."""

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from rooms import presence, redis, selectors
from rooms.models import Participant, Seat, Space
from rooms.relay import client as relay
from rooms.services import attendance, departure, spaces, stage
from rooms.tasks import sweep_absent
from tests.support import cast


def joined(room, seconds_ago: float) -> None:
    Participant.objects.filter(space=room.space).update(joined_at=timezone.now() - timedelta(seconds=seconds_ago))


def known_for(room, seconds: float) -> None:
    redis.client().set(presence.since_key(room.space.pk), time.time() - seconds)
    redis.client().set(presence.swept_key(room.space.pk), time.time() - 10)


def seen(room, *names: str) -> None:
    people = [room.host] * ("host" in names) + [room.people[n] for n in names if n != "host"]
    relay.touch_presence(str(room.space.pk), [str(p.pk) for p in people])


def test_nobody_leaves_while_presence_is_not_yet_known(room):
    joined(room, 3600)
    assert sweep_absent() == 0


def test_nobody_leaves_before_the_hold_time_is_over(room):
    joined(room, settings.LISTENER_HOLD_SECONDS - 1)
    known_for(room, 3600)
    assert sweep_absent() == 0


def test_a_seat_and_a_place_in_the_queue_are_held_longer_than_a_listeners_name(room):
    stage.raise_hand(participant=room.listener, by=room.listener)
    joined(room, settings.SEAT_HOLD_SECONDS - 1)
    known_for(room, 3600)
    assert sweep_absent() == 1
    assert not room.now("guest").is_present
    joined(room, settings.SEAT_HOLD_SECONDS)
    assert sweep_absent() == 3
    assert room.now("host").is_present


def test_those_not_seen_leave_and_the_others_stay(room):
    joined(room, settings.SEAT_HOLD_SECONDS + 1)
    known_for(room, 3600)
    seen(room, "host", "speaker")
    assert sweep_absent() == 3
    inside = Participant.objects.filter(space=room.space, left_at__isnull=True)
    assert set(inside) == {room.host, room.speaker}
    assert sweep_absent() == 0


def test_whoever_is_back_while_others_are_seen_off_stays(room, monkeypatch):
    joined(room, settings.SEAT_HOLD_SECONDS + 1)
    known_for(room, 3600)
    leave, left = attendance.leave, []

    def slowly(participant, by) -> None:
        leave(participant=participant, by=by)
        left.append(participant)
        seen(room, "host", "speaker", "listener", "guest", "cohost")

    monkeypatch.setattr(attendance, "leave", slowly)
    assert sweep_absent() == len(left) == 1


def test_what_fails_in_one_space_stops_no_other(room, monkeypatch):
    other = cast.Cast(spaces.start(title="Next door", speak_permission="invited", by=cast.user("iris")), None)
    neighbour = cast.enter(other.space, cast.user("neighbour"))
    for each in (room, other):
        joined(each, 3600)
        known_for(each, 3600)
    leave = attendance.leave

    def fails_here(participant, by) -> None:
        if participant.space_id == room.space.pk:
            raise RuntimeError("broken")
        leave(participant=participant, by=by)

    monkeypatch.setattr(attendance, "leave", fails_here)
    with pytest.raises(ExceptionGroup):
        sweep_absent()
    assert not cast.fresh(neighbour).is_present


def test_who_cannot_be_let_go_of_holds_up_nobody_else(room, monkeypatch):
    """Their account is about to be erased, and something of it fails every time."""
    leaving, stuck = room.speaker.user, room.cohost.user
    User.objects.filter(pk__in=[leaving.pk, stuck.pk]).update(closing_at=timezone.now() + timedelta(days=1))
    depart = departure.depart

    def fails_for_one(user) -> None:
        if user == stuck:
            raise RuntimeError("broken")
        depart(user=user)

    monkeypatch.setattr(departure, "depart", fails_for_one)
    monkeypatch.setattr(selectors, "leaving", lambda: [stuck, leaving])
    with pytest.raises(ExceptionGroup):
        sweep_absent()
    assert not room.now("speaker").is_present


def test_whoever_has_no_account_any_more_is_seen_off_whatever_they_do(room):
    for name in ("speaker", "listener"):
        User.objects.filter(pk=room.people[name].user_id).update(is_active=False)
    seen(room, "host", "cohost", "speaker", "listener", "guest")
    assert sweep_absent() == 2
    assert not room.now("speaker").is_present and not Seat.objects.filter(participant=room.speaker).exists()
    assert room.now("guest").is_present


def test_a_space_that_is_over_is_left_alone(room):
    joined(room, 3600)
    known_for(room, 3600)
    Space.objects.update(state="ended", ended_at=timezone.now())
    assert sweep_absent() == 0
