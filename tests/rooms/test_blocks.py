"""Blocks in a live Space: whom they keep out, who is out at once, and who may still listen."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Block
from accounts.services import blocks
from rooms import rules, selectors, tasks
from rooms.events import SeenOff
from rooms.identity import Person
from rooms.models import Invitation, Participant
from rooms.refusals import Refused
from rooms.roles import Role
from rooms.services import attendance, clock, invitations, leading, reminders, stage, succession
from rooms.signals import room_event
from tests.rooms.test_permissions_around import ROLES
from tests.support import cast
from tests.support.planned import plan

pytestmark = pytest.mark.django_db(transaction=True)

# Whose block keeps out whom.
KEPT_OUT = {
    "host": ("cohost", "speaker", "listener", "stranger"),
    "cohost": ("speaker", "listener", "stranger"),
    "speaker": (),
    "listener": (),
    "stranger": (),
}


@pytest.mark.parametrize("blocker", KEPT_OUT)
@pytest.mark.parametrize("role", [role for role in ROLES if role != "host"])
def test_whose_block_keeps_whom_out(blocker, role):
    assert rules.shuts_out(ROLES[blocker], ROLES[role]) is (role in KEPT_OUT[blocker])


def test_no_cohosts_block_throws_the_host_out():
    assert not rules.shuts_out(Role.COHOST, Role.HOST)


@pytest.fixture
def room(transactional_db) -> cast.Cast:
    return cast.live_space()


@pytest.fixture
def published():
    events = []

    def note(sender, event, **kwargs) -> None:
        events.append(event)

    room_event.connect(note)
    yield events
    room_event.disconnect(note)


def block(person, by) -> None:
    blocks.block(person=person.user, by=by.user)


def is_inside(room: cast.Cast, name: str) -> bool:
    return room.now(name).is_present


def come_back(person: Participant) -> Participant:
    return attendance.join(space=person.space, by=Person(user=person.user))


# --- Refusals ---


@pytest.mark.parametrize("by", ["host", "cohost"])
def test_whom_somebody_who_leads_blocked_cannot_enter(room, by):
    stranger = cast.user("stranger")
    blocks.block(person=stranger, by=getattr(room, by).user)
    with pytest.raises(Refused, match="blocked"):
        cast.enter(room.space, stranger)
    assert not Participant.objects.filter(user=stranger).exists()


def test_nor_do_they_with_an_invitation_of_somebody_else(room):
    invited = cast.user("invited")
    asked = invitations.invite(space=room.space, user=invited, kind="speak", by=room.cohost.user)
    blocks.block(person=invited, by=room.host.user)
    with pytest.raises(Refused, match="invitation_over"):
        invitations.accept(invitation=asked, by=invited)
    with pytest.raises(Refused, match="target_blocked"):
        invitations.invite(space=room.space, user=invited, kind="speak", by=room.cohost.user)


@pytest.mark.parametrize("kind", Invitation.Kind.values)
@pytest.mark.parametrize("blocker", ["host", "stranger"])
def test_nobody_is_invited_over_a_block(room, kind, blocker):
    people = {"host": room.host.user, "stranger": cast.user("stranger")}
    other = "stranger" if blocker == "host" else "host"
    blocks.block(person=people[other], by=people[blocker])
    with pytest.raises(Refused, match="target_blocked"):
        invitations.invite(space=room.space, user=people["stranger"], kind=kind, by=room.host.user)


def test_no_host_hands_over_to_somebody_who_would_shut_them_out(room):
    block(room.host, by=room.speaker)
    with pytest.raises(Refused, match="target_cannot_host"):
        succession.hand_over(participant=room.speaker, by=room.host)


def test_nobody_is_reminded_of_a_space_whose_host_blocked_them(room):
    space, reader = plan(cast.user("planner")), cast.user("reader")
    blocks.block(person=reader, by=space.host)
    with pytest.raises(Refused, match="blocked"):
        reminders.ask(space=space, by=reader)


# --- Out at once ---


@pytest.mark.parametrize("name", ["cohost", "speaker", "listener"])
def test_whom_the_host_blocks_is_out_with_seat_and_role(room, name):
    person = getattr(room, name)
    block(person, by=room.host)
    now = room.now(name)
    assert not now.is_present and (now.role, now.hand) == ("listener", "down") and now.removed_at is None
    assert selectors.seat_of(now) is None
    with pytest.raises(Refused, match="blocked"):
        come_back(person)


def test_whom_a_cohost_blocks_is_out_but_not_who_leads(room):
    other = cast.make_cohost(cast.enter(room.space, cast.user("other")), by=room.host)
    for person in (room.speaker, room.listener, room.host, other):
        block(person, by=room.cohost)
    assert not is_inside(room, "speaker") and not is_inside(room, "listener")
    assert is_inside(room, "host") and Participant.objects.get(pk=other.pk).role == "cohost"


def test_whoever_leads_no_more_is_out_by_the_block_of_a_cohost(room):
    other = cast.make_cohost(cast.enter(room.space, cast.user("other")), by=room.host)
    block(other, by=room.cohost)
    leading.dismiss_cohost(participant=other, by=room.host)
    assert not Participant.objects.get(pk=other.pk).is_present


@pytest.mark.parametrize("blocker", ["speaker", "listener"])
def test_whom_somebody_else_blocks_stays(room, blocker):
    late = cast.enter(room.space, cast.user("late"))
    for person in (late, room.host, room.cohost):
        block(person, by=getattr(room, blocker))
    assert Participant.objects.get(pk=late.pk).is_present and is_inside(room, "host") and is_inside(room, "cohost")
    attendance.leave(participant=late, by=late)
    assert come_back(late).is_present


def test_somebody_whom_many_block_is_out_once(room, published):
    for by in (room.speaker, cast.enter(room.space, cast.user("late"))):
        block(room.listener, by=by)
    Block.objects.create(blocker=room.cohost.user, blocked=room.listener.user)
    block(room.listener, by=room.host)
    assert not is_inside(room, "listener")
    assert [event.people for event in published if isinstance(event, SeenOff)] == [(room.listener.pk,)]


def test_a_hand_and_an_offer_go_with_them(room):
    stage.raise_hand(participant=room.listener, by=room.listener)
    late = cast.enter(room.space, cast.user("late"))
    stage.offer_seat(participant=late, by=room.host)
    for person in (room.listener, late):
        block(person, by=room.host)
    assert selectors.hands(room.space) == []


def test_whoever_listens_unnamed_is_out_too(room):
    hidden = attendance.join(space=room.space, by=Person(user=cast.user("hidden")), unnamed=True)
    block(hidden, by=room.host)
    assert not Participant.objects.get(pk=hidden.pk).is_present


def test_the_same_browser_without_the_account_is_a_guest(room):
    """Removal is there for browsers."""
    known = Person(user=cast.user("known"), device="browser")
    blocks.block(person=attendance.join(space=room.space, by=known).user, by=room.host.user)
    assert attendance.join(space=room.space, by=Person(guest="browser", device="browser")).is_present


def test_whoever_is_made_cohost_shuts_out_whom_they_blocked(room):
    block(room.listener, by=room.speaker)
    assert is_inside(room, "listener")
    cast.make_cohost(room.speaker, by=room.host)
    assert not is_inside(room, "listener")
    leading.dismiss_cohost(participant=room.speaker, by=room.host)
    assert come_back(room.listener).is_present


def test_whoever_becomes_host_shuts_out_a_cohost_they_blocked(room):
    block(room.cohost, by=room.speaker)
    succession.hand_over(participant=room.speaker, by=room.host)
    assert not is_inside(room, "cohost") and is_inside(room, "host")


def test_whoever_takes_over_shuts_out_whom_they_blocked(room, settings):
    other = cast.make_cohost(cast.enter(room.space, cast.user("other")), by=room.host)
    block(other, by=room.cohost)
    attendance.walk_out(participant=room.host)
    gone = timezone.now() - timedelta(seconds=settings.HOST_HOLD_SECONDS)
    Participant.objects.filter(pk=room.host.pk).update(left_at=gone)
    clock.tick(space_id=room.space.pk)
    assert room.now("cohost").role == "host" and not Participant.objects.get(pk=other.pk).is_present


def test_a_seat_that_becomes_free_by_a_block_makes_a_cohost_whose_blocks_count_too(room, settings):
    settings.MAX_SEATS = 3
    waits = cast.enter(room.space, cast.user("waits"))
    late = cast.enter(room.space, cast.user("late"))
    cast.make_cohost(waits, by=room.host)
    block(late, by=waits)
    assert Participant.objects.get(pk=waits.pk).role == "listener" and Participant.objects.get(pk=late.pk).is_present
    block(room.speaker, by=room.host)
    assert Participant.objects.get(pk=waits.pk).role == "cohost"
    assert not Participant.objects.get(pk=late.pk).is_present


def test_unblocking_lets_them_in_again_and_brings_nobody_back(room):
    block(room.listener, by=room.host)
    blocks.unblock(person=room.listener.user, by=room.host.user)
    assert not is_inside(room, "listener")
    assert come_back(room.listener).is_present


def test_what_nobody_heeded_the_sweep_does(room):
    Block.objects.create(blocker=room.host.user, blocked=room.speaker.user)
    assert tasks.sweep_absent() == 1
    assert not is_inside(room, "speaker") and selectors.seat_of(room.speaker) is None
    version = room.now("host").space.version
    assert tasks.sweep_absent() == 0 and room.now("host").space.version == version


def test_a_block_heeded_again_is_no_news(room, published):
    block(room.listener, by=room.host)
    assert [type(event) for event in published].count(SeenOff) == 1
    version = room.now("host").space.version
    for _ in range(2):
        block(room.listener, by=room.host)
    assert room.now("host").space.version == version
