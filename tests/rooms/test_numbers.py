"""Each number of the rules at its boundary, with a moved clock where it is about time."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.services import graph
from rooms import presence
from rooms.models import Invitation, Notice, Participant, Seat, Space
from rooms.refusals import Refused
from rooms.roles import Hand, Role
from rooms.selectors import due
from rooms.services import attendance, clock, invitations, links, reminders, schedule, spaces, stage, succession, turns
from rooms.tasks import remind
from tests.support import cast

NOW = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@contextmanager
def at(moment: datetime):
    with time_machine.travel(moment, tick=False):
        yield


def refusal(act, *args, **kwargs) -> str:
    with pytest.raises(Refused) as refused:
        act(*args, **kwargs)
    return refused.value.code


def planned(start: datetime, handle: str = "planner") -> Space:
    return schedule.plan(title="Roofs", scheduled_for=start, by=cast.user(handle))


def fill(room, seats: int) -> list[Participant]:
    """Seats so many more listeners."""
    people = [cast.enter(room.space, cast.user(f"seated{n}")) for n in range(seats)]
    return [cast.seat(person, by=room.host) for person in people]


# --- Hosting ---


def test_followers_are_compared_with_at_least(db, settings):
    settings.HOST_MIN_FOLLOWERS = 2
    host = cast.user("host")
    graph.follow(person=host, by=cast.user("first"))
    assert refusal(spaces.start, title="Mine", by=host) == "too_few_followers"
    graph.follow(person=host, by=cast.user("second"))
    assert spaces.start(title="Mine", by=host).is_live


def test_a_protected_account_cannot_host_and_turning_protected_ends_nothing(room):
    room.host.user.is_protected = True
    room.host.user.save()
    assert refusal(schedule.plan, title="Mine", scheduled_for=timezone.now() + DAY, by=room.host.user) == "protected"
    assert Space.objects.get(pk=room.space.pk).is_live


@pytest.mark.parametrize(
    ("field", "fits", "too_long"),
    [("title", "x" * 70, "x" * 71), ("description", "x" * 500, "x" * 501), ("topics", ["a", "b", "c"], list("abcd"))],
)
def test_words_at_their_longest(db, field, fits, too_long):
    host = cast.user("host")
    with pytest.raises(Refused):
        spaces.start(by=host, **{"title": "Mine", field: too_long})
    space = spaces.start(by=host, **{"title": "Mine", field: fits})
    kept = [topic.name for topic in space.topics.all()] if field == "topics" else getattr(space, field)
    assert kept == fits


# --- The calendar ---


@pytest.mark.parametrize(
    ("ahead", "answer"),
    [
        (timedelta(seconds=-60), "time_past"),
        (14 * DAY + 61 * SECOND, "time_too_far"),
        (timedelta(seconds=-59), "ok"),
        (14 * DAY - SECOND, "ok"),
        (14 * DAY, "ok"),
        (14 * DAY + SECOND, "ok"),
        (14 * DAY + 60 * SECOND, "ok"),
    ],
)
def test_fourteen_days_ahead_with_a_minute_for_slow_forms(db, ahead, answer):
    """A clock of walls jumps in these two weeks (the last Sunday of March); in UTC nothing does."""
    with at(NOW):
        try:
            planned(NOW + ahead)
        except Refused as refused:
            assert refused.code == answer
        else:
            assert answer == "ok"


def test_one_in_the_calendar_and_a_live_one_beside_it(db):
    with at(NOW):
        first = planned(NOW + DAY)
        assert refusal(schedule.plan, title="More", scheduled_for=NOW + DAY, by=first.host) == "already_scheduled"
        spaces.start(title="Now", by=first.host)
        schedule.cancel(space=first, by=first.host)
        schedule.plan(title="More", scheduled_for=NOW + DAY, by=first.host)
    assert Space.objects.filter(host=first.host, state="scheduled").count() == 1


def test_the_database_itself_holds_one_scheduled_space_per_host(db):
    with at(NOW):
        first = planned(NOW + DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Space.objects.create(title="More", host=first.host, state="scheduled", scheduled_for=NOW + DAY)


@pytest.mark.parametrize(("late", "state"), [(-SECOND, "scheduled"), (timedelta(), "expired"), (SECOND, "expired")])
def test_two_hours_after_its_time_it_expires(db, late, state):
    with at(NOW):
        space = planned(NOW + DAY)
    with at(NOW + DAY + timedelta(hours=2) + late):
        assert (space.pk in due(timezone.now())) is (state == "expired")
        clock.tick(space_id=space.pk)
        space.refresh_from_db()
        assert space.state == state


@pytest.mark.parametrize(("late", "starts"), [(-SECOND, True), (timedelta(), False)])
def test_it_is_not_started_after_it_expired_even_before_the_sweep_comes(db, late, starts):
    with at(NOW):
        space = planned(NOW + DAY)
    with at(NOW + DAY + timedelta(hours=2) + late):
        if starts:
            assert schedule.go_live(space=space, by=space.host).is_live
        else:
            assert refusal(schedule.go_live, space=space, by=space.host) == "ended"


@pytest.mark.parametrize(("early", "told"), [(timedelta(minutes=30, seconds=1), 0), (timedelta(minutes=30), 1)])
def test_the_host_is_reminded_half_an_hour_before(db, early, told):
    with at(NOW):
        space = planned(NOW + DAY)
    with at(NOW + DAY - early):
        assert remind() == told
        assert Notice.objects.filter(space=space, kind="soon", user=space.host).count() == told


@pytest.mark.parametrize(("late", "told"), [(-SECOND, 0), (timedelta(), 2)])
def test_everybody_is_reminded_at_the_start(db, late, told):
    with at(NOW):
        space = planned(NOW + DAY)
        reminders.ask(space=space, by=cast.user("waiting"))
    with at(NOW + DAY - timedelta(minutes=30)):
        remind()
    with at(NOW + DAY + late):
        assert remind() == told


# --- The stage ---


def test_thirteen_seats_with_the_hosts_and_not_a_fourteenth(room):
    fill(room, 10)
    assert Seat.objects.filter(space=room.space).count() == 13
    stage.offer_seat(participant=room.listener, by=room.host)
    assert refusal(stage.take_seat, participant=room.listener, by=room.listener) == "stage_full"
    assert room.now("listener").hand == Hand.OFFERED, "they keep their place"


def test_the_hosts_seat_is_reserved_while_the_host_is_away(room):
    fill(room, 10)
    attendance.walk_out(participant=room.host)
    stage.offer_seat(participant=room.listener, by=room.cohost)
    assert refusal(stage.take_seat, participant=room.listener, by=room.listener) == "stage_full"


def test_two_cohosts_and_open_offers_count(room):
    other, third = (cast.enter(room.space, cast.user(name)) for name in ("other", "third"))
    ask = {"space": room.space, "kind": Invitation.Kind.COHOST, "by": room.host.user}
    offer = invitations.invite(user=other.user, **ask)
    assert refusal(invitations.invite, user=third.user, **ask) == "cohosts_full"
    invitations.withdraw(invitation=offer, by=room.host.user)
    invitations.accept(invitation=invitations.invite(user=third.user, **ask), by=third.user)
    assert Participant.objects.filter(space=room.space, role=Role.COHOST).count() == 2


@pytest.mark.parametrize(("who", "seconds"), [("host", 300), ("cohost", 60), ("speaker", 60), ("listener", 20)])
def test_how_long_a_place_is_held(room, who, seconds):
    assert presence.hold(room.now(who)) == seconds


def test_a_place_in_the_queue_is_held_as_long_as_a_seat(room):
    stage.raise_hand(participant=room.listener, by=room.listener)
    assert presence.hold(room.now("listener")) == settings.SEAT_HOLD_SECONDS


@pytest.mark.parametrize(("seconds", "host"), [(299, "host"), (300, "cohost")])
def test_after_five_minutes_without_the_host_a_cohost_is_host(room, seconds, host):
    left = timezone.now()
    with at(left):
        attendance.walk_out(participant=room.host)
    with at(left + seconds * SECOND):
        clock.tick(space_id=room.space.pk)
    assert Participant.objects.get(space=room.space, role=Role.HOST).user.handle == host


@pytest.mark.parametrize(("seconds", "state"), [(59, "live"), (60, "ended")])
def test_without_anybody_to_take_over_it_ends_a_minute_later(room, seconds, state):
    attendance.leave(participant=room.cohost, by=room.cohost)
    gone = timezone.now()
    with at(gone):
        attendance.leave(participant=room.host, by=None)
    with at(gone + seconds * SECOND):
        clock.tick(space_id=room.space.pk)
    space = Space.objects.get(pk=room.space.pk)
    assert (space.state, space.end_cause) == (state, "host_gone" if state == "ended" else "")


@pytest.mark.parametrize(("seconds", "state"), [(299, "live"), (300, "ended")])
def test_a_space_nobody_is_in_ends_after_five_minutes(room, seconds, state):
    left = timezone.now()
    with at(left):
        attendance.walk_out(participant=room.host)
        for person in room.people.values():
            attendance.leave(participant=person, by=person)
    with at(left + seconds * SECOND):
        clock.tick(space_id=room.space.pk)
    assert Space.objects.get(pk=room.space.pk).state == state


def test_a_host_who_comes_back_in_the_last_second_keeps_the_space(room):
    attendance.leave(participant=room.cohost, by=room.cohost)
    gone = timezone.now()
    with at(gone):
        attendance.leave(participant=room.host, by=None)
    with at(gone + 59 * SECOND):
        cast.enter(room.space, room.host.user)
    with at(gone + 61 * SECOND):
        clock.tick(space_id=room.space.pk)
    space = Space.objects.get(pk=room.space.pk)
    assert space.is_live and space.closing_at is None


def test_the_cohost_who_has_served_longest_takes_over(room):
    later = cast.make_cohost(cast.enter(room.space, cast.user("later")), by=room.host)
    succession.hand_over(participant=room.cohost, by=room.host)
    assert room.now("cohost").role == Role.HOST and room.now("host").role == Role.SPEAKER
    attendance.leave(participant=room.cohost, by=None)
    assert Participant.objects.get(pk=later.pk).role == Role.HOST


@pytest.mark.parametrize(("seconds", "hand"), [(119, Hand.OFFERED), (120, Hand.DOWN)])
def test_an_offered_seat_that_is_free_lapses(room, seconds, hand):
    offered = timezone.now()
    with at(offered):
        stage.offer_seat(participant=room.listener, by=room.host)
    with at(offered + seconds * SECOND):
        clock.tick(space_id=room.space.pk)
    assert room.now("listener").hand == hand


@pytest.mark.parametrize(("seconds", "answer"), [(9, "turn_length"), (601, "turn_length"), (10, "ok"), (600, "ok")])
def test_how_long_a_turn_may_be(room, seconds, answer):
    if answer == "ok":
        turns.open_turns(space=room.space, seconds=seconds, by=room.host)
    else:
        assert refusal(turns.open_turns, space=room.space, seconds=seconds, by=room.host) == answer


# --- Invitations ---


@pytest.mark.parametrize(("late", "answer"), [(-SECOND, "ok"), (timedelta(), "invitation_over")])
def test_an_invitation_is_open_for_a_day_after_the_start(db, late, answer):
    with at(NOW):
        space = planned(NOW + DAY)
        guest = cast.user("guest")
        invitation = invitations.invite(space=space, user=guest, kind="speak", by=space.host)
        schedule.go_live(space=space, by=space.host)
    with at(NOW + DAY + timedelta(hours=24) + late):
        if answer == "ok":
            invitations.accept(invitation=invitation, by=guest)
        else:
            assert refusal(invitations.accept, invitation=invitation, by=guest) == answer


def test_ten_open_links_and_a_token_of_128_bits(db):
    host = cast.user("host")
    space = spaces.start(title="Quiet", is_private=True, by=host)
    made = [links.make(space=space, by=host) for _ in range(10)]
    assert refusal(links.make, space=space, by=host) == "links_full"
    assert {len(token) for _, token in made} == {22} and links.TOKEN_BYTES * 8 == 128
    links.revoke(link=made[0][0], by=host)
    links.make(space=space, by=host)
