"""Simultaneous requests from real processes, on whatever database the tests run on."""

from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from rooms.models import Invitation, Notice, Participant, Seat, Space
from rooms.refusals import Refused
from rooms.roles import Hand, Role
from rooms.services import attendance, clock, hosting, invitations, reminders, schedule, spaces, stage, succession
from tests.support import cast
from tests.support.mailbox import Mailbox
from tests.support.races import PROCESSES, race, race_of

pytestmark = pytest.mark.slow


@pytest.fixture
def nearly_full(committed_room):
    """Three seats are free and eight people are offered one."""
    for number in range(7):
        cast.seat(cast.enter(committed_room.space, cast.user(f"seated{number}")), by=committed_room.host)
    invited = [cast.enter(committed_room.space, cast.user(f"invited{number}")) for number in range(PROCESSES)]
    for participant in invited:
        stage.offer_seat(participant=participant, by=committed_room.host)
    assert Seat.objects.filter(space=committed_room.space).count() == 10
    return committed_room, invited


def test_thirteen_seats_and_never_a_fourteenth_whoever_comes_at_the_same_time(nearly_full):
    room, invited = nearly_full
    assert race("take_seat", [str(p.pk) for p in invited]) == {"done": 3, "stage_full": 5}
    slots = Seat.objects.filter(space=room.space).values_list("slot", flat=True)
    assert sorted(slots) == list(range(1, 14))
    still_offered = Participant.objects.filter(space=room.space, hand="offered").count()
    assert still_offered == 5


def test_of_eight_who_want_the_last_seat_one_has_it(nearly_full):
    room, invited = nearly_full
    for person in invited[:2]:
        stage.take_seat(participant=person, by=person)
    more = [cast.enter(room.space, cast.user(f"more{number}")) for number in range(2)]
    for person in more:
        stage.offer_seat(participant=person, by=room.host)
    outcome = race("take_seat", [str(person.pk) for person in invited[2:] + more])
    assert outcome == {"done": 1, "stage_full": PROCESSES - 1}
    assert Seat.objects.filter(space=room.space).count() == 13


def test_one_person_pressing_in_eight_windows_takes_one_seat(nearly_full):
    room, invited = nearly_full
    assert race("take_seat", [str(invited[0].pk)] * PROCESSES) == {"done": PROCESSES}
    assert Seat.objects.filter(space=room.space, participant=invited[0]).count() == 1


def test_one_host_starting_eight_times_has_one_live_space(transactional_db):
    cast.user("eager")
    assert race("start", ["eager"] * PROCESSES) == {"done": 1, "already_live": PROCESSES - 1}
    assert Space.objects.filter(state="live").count() == 1


def test_one_person_joining_in_eight_windows_is_one_participant(committed_room):
    joiner = cast.user("eager")
    assert race("join", [f"{committed_room.space.slug}/eager"] * PROCESSES) == {"done": PROCESSES}
    assert Participant.objects.filter(space=committed_room.space, user=joiner).count() == 1


def test_the_last_cohosts_place_is_offered_once(committed_room):
    slug = committed_room.space.slug
    for number in range(PROCESSES):
        cast.user(f"helper{number}")
    outcome = race("ask_to_cohost", [f"{slug}/helper{number}" for number in range(PROCESSES)])
    assert outcome == {"done": 1, "cohosts_full": PROCESSES - 1}
    assert Invitation.objects.filter(space=committed_room.space, kind="cohost", state="pending").count() == 1


def test_one_yes_in_eight_windows_is_one_cohost_with_one_seat(committed_room):
    helper = cast.user("helper")
    asked = invitations.invite(space=committed_room.space, user=helper, kind="cohost", by=committed_room.host.user)
    assert race("accept", [str(asked.pk)] * PROCESSES) == {"done": PROCESSES}
    stay = Participant.objects.get(space=committed_room.space, user=helper)
    assert stay.role == Role.COHOST and Seat.objects.filter(participant=stay).count() == 1


def test_a_host_planning_eight_times_has_one_space_in_the_calendar(transactional_db):
    cast.user("eager")
    assert race("plan", ["eager"] * PROCESSES) == {"done": 1, "already_scheduled": PROCESSES - 1}
    assert Space.objects.filter(state="scheduled").count() == 1


def test_a_space_started_in_eight_windows_is_started_once(transactional_db):
    space = schedule.plan(title="Roofs", scheduled_for=timezone.now() + timedelta(hours=1), by=cast.user("eager"))
    assert race("go_live", [space.slug] * PROCESSES) == {"done": 1, "already_live": PROCESSES - 1}
    assert Participant.objects.filter(space=space, role=Role.HOST).count() == 1


def test_two_hosts_deciding_on_one_hand_end_in_one_of_their_decisions(committed_room):
    """Offered and lowered at the same time by host and co-host: whoever came last, never something in between."""
    room, listener = committed_room, committed_room.listener
    stage.raise_hand(participant=listener, by=listener)
    before = Space.objects.get(pk=room.space.pk).version
    offer = [("offer_seat", f"{listener.pk}/{room.host.pk}")] * (PROCESSES // 2)
    lower = [("lower_hand", f"{listener.pk}/{room.cohost.pk}")] * (PROCESSES // 2)
    assert race_of([move for pair in zip(offer, lower, strict=True) for move in pair]) == {"done": PROCESSES}
    # Lowering is for raised hands, so an offer is the last word whatever came before it.
    now = room.now("listener")
    assert now.hand == Hand.OFFERED and now.hand_at is not None and now.offer_until is not None
    changes = Space.objects.get(pk=room.space.pk).version - before
    assert changes in (1, 2), "offered at once, or lowered first; the repeats changed nothing"


def test_eight_workers_tell_everybody_once_and_send_one_mail_each(transactional_db):
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        space = schedule.plan(title="Roofs", scheduled_for=timezone.now() + timedelta(hours=1), by=cast.user("host"))
        for number in range(20):
            reminders.ask(space=space, by=cast.user(f"waiting{number}"))
    assert race("remind", ["now"] * PROCESSES) == {"done": PROCESSES}
    assert Notice.objects.filter(space=space, kind="start").count() == 21
    mails = Counter(mail["To"] for mail in Mailbox(settings.VAR_DIR / "mail").mails())
    assert len(mails) == 21 and set(mails.values()) == {1}


def test_a_countdown_that_eight_workers_see_over_ends_once(committed_room):
    attendance.leave(participant=committed_room.cohost, by=committed_room.cohost)
    with time_machine.travel(timezone.now() - timedelta(minutes=2)):
        attendance.leave(participant=committed_room.host, by=None)
    before = Space.objects.get(pk=committed_room.space.pk).version
    assert race("tick", [str(committed_room.space.pk)] * PROCESSES) == {"done": PROCESSES}
    space = Space.objects.get(pk=committed_room.space.pk)
    assert (space.state, space.end_cause, space.version) == ("ended", "host_gone", before + 1)


def test_whoever_is_handed_a_space_while_they_start_their_own_hosts_one_of_them(committed_room):
    room = committed_room
    moves = [("hand_over", f"{room.cohost.pk}/{room.host.pk}")] + [("start", "cohost")] * (PROCESSES - 1)
    outcome = race_of(moves)
    assert outcome["done"] == 1
    # Who started their own may have gone there before the Space was handed over.
    assert outcome.keys() <= {"done", "already_live", "target_cannot_host", "target_absent"}
    assert Space.objects.filter(host=room.cohost.user, state="live").count() == 1


# --- What another transaction began and this one cannot see yet ---


def begun_elsewhere(user) -> Space:
    return Space.objects.create(title="Mine", host=user, started_at=timezone.now())


def refusal(act, **kwargs) -> str:
    with pytest.raises(Refused) as refused:
        act(**kwargs)
    return refused.value.code


def test_nobody_is_handed_a_space_who_is_just_starting_their_own(room, monkeypatch):
    begun_elsewhere(room.cohost.user)
    monkeypatch.setattr(hosting, "could_host", lambda user, instead_of: True)
    assert refusal(succession.hand_over, participant=room.cohost, by=room.host) == "target_cannot_host"
    assert (room.now("host").role, room.now("cohost").role) == (Role.HOST, Role.COHOST)


def test_a_co_host_who_is_just_starting_their_own_space_takes_none_over_and_the_next_does(room, monkeypatch):
    cast.make_cohost(room.speaker, by=room.host)
    begun_elsewhere(room.cohost.user)
    monkeypatch.setattr(hosting, "could_host", lambda user, instead_of: True)
    attendance.leave(participant=room.host, by=None)
    assert (room.now("speaker").role, room.now("cohost").role) == (Role.HOST, Role.COHOST)


def test_where_every_co_host_is_just_starting_their_own_space_the_countdown_goes_on(room, monkeypatch):
    begun_elsewhere(room.cohost.user)
    monkeypatch.setattr(hosting, "could_host", lambda user, instead_of: True)
    attendance.leave(participant=room.host, by=None)
    closing_at = Space.objects.get(pk=room.space.pk).closing_at
    clock.tick(space_id=room.space.pk)
    assert closing_at is not None and Space.objects.get(pk=room.space.pk).closing_at == closing_at
    with time_machine.travel(closing_at):
        clock.tick(space_id=room.space.pk)
    assert Space.objects.get(pk=room.space.pk).end_cause == "host_gone"


@pytest.mark.parametrize("how", ["at once", "planned"])
def test_nobody_starts_a_space_who_is_just_handed_another(db, monkeypatch, how):
    host = cast.user("eager")
    planned = schedule.plan(title="Roofs", scheduled_for=timezone.now() + timedelta(hours=1), by=host)
    begun_elsewhere(host)
    monkeypatch.setattr(hosting, "hosts_live_space", lambda user: False)
    act = {"act": spaces.start, "title": "Mine"} if how == "at once" else {"act": schedule.go_live, "space": planned}
    assert refusal(**act, by=host) == "already_live"


@pytest.mark.parametrize("slot", [0, 14, 1])
def test_the_database_itself_refuses_a_seat_that_is_not_there_or_taken(room, slot):
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.create(space=room.space, participant=room.listener, slot=slot)
