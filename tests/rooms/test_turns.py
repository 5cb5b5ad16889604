"""One at a time: who is called to the floor and who is not, and room for the next on a full stage."""

from rooms.models import Participant, Seat
from rooms.roles import Hand, Role
from rooms.selectors import space_state, stage_full
from rooms.services import leading, stage, turns
from tests.rooms.test_host_panel import panel
from tests.support import cast


def fill(room) -> list[Participant]:
    """The stage, with ten more speakers."""
    people = [cast.enter(room.space, cast.user(f"seated{n}")) for n in range(10)]
    return [cast.seat(person, by=room.host, muted=False) for person in people]


def one_at_a_time(room) -> None:
    turns.open_turns(space=room.space, seconds=60, by=room.host)


def seated(participant: Participant) -> bool:
    return Seat.objects.filter(participant=participant).exists()


# --- Who is called ---


def test_whoever_was_moved_to_the_listeners_is_not_called_by_themselves(room):
    one_at_a_time(room)
    stage.free_seat(participant=room.speaker, by=room.host)
    stage.raise_hand(participant=room.speaker, by=room.speaker)
    assert room.now("speaker").hand == Hand.RAISED
    stage.raise_hand(participant=room.listener, by=room.listener)
    assert (room.now("speaker").hand, room.now("listener").hand) == (Hand.RAISED, Hand.OFFERED)


def test_whoever_was_moved_to_the_listeners_gets_the_floor_from_a_host(room):
    one_at_a_time(room)
    stage.free_seat(participant=room.speaker, by=room.host)
    stage.raise_hand(participant=room.speaker, by=room.speaker)
    assert "The next hand gets it." not in panel(room.host)
    assert "Whoever was moved to the listeners" in panel(room.host)
    stage.offer_seat(participant=room.speaker, by=room.cohost)
    stage.take_seat(participant=room.speaker, by=room.speaker)
    turns.end_turn(space=room.space, by=room.host)
    stage.raise_hand(participant=room.speaker, by=room.speaker)
    assert room.now("speaker").hand == Hand.RAISED


# --- A full stage ---


def test_on_a_full_stage_whoever_is_newest_makes_room_for_the_next(room):
    *others, last = fill(room)
    stage.raise_hand(participant=room.listener, by=room.listener)
    one_at_a_time(room)
    assert room.now("listener").hand == Hand.OFFERED and room.now("listener").offer_until is not None
    stage.take_seat(participant=room.listener, by=room.listener)
    assert not seated(last) and all(map(seated, others)) and seated(room.speaker)
    assert {seat.participant for seat in space_state(room.space.pk).seats if not seat.muted} == set()


def test_whoever_made_room_may_ask_for_the_floor(room):
    *_, last = fill(room)
    one_at_a_time(room)
    stage.raise_hand(participant=last, by=last)
    assert Participant.objects.get(pk=last.pk).hand == Hand.OFFERED


def test_a_stage_with_a_free_seat_is_left_as_it_is(room):
    first, *_, last = fill(room)
    stage.free_seat(participant=first, by=first)
    one_at_a_time(room)
    assert seated(last) and seated(room.speaker)


def test_a_co_host_who_takes_the_last_seat_does_not_stop_the_turns(room):
    *others, last = fill(room)
    one_at_a_time(room)
    assert not seated(last) and not stage_full(room.space)
    cast.make_cohost(room.listener, by=room.host)
    assert not stage_full(room.space)
    assert [seated(person) for person in others] == [True] * 8 + [False]


def test_a_co_host_who_waits_for_a_seat_gets_one_and_there_is_room_all_the_same(room):
    fill(room)
    cast.make_cohost(room.listener, by=room.host)
    assert room.now("listener").role == Role.LISTENER
    one_at_a_time(room)
    assert room.now("listener").role == Role.COHOST and not stage_full(room.space)


def test_a_co_host_dismissed_from_a_full_stage_makes_room(room, settings):
    settings.MAX_SEATS = 2
    stage.free_seat(participant=room.speaker, by=room.speaker)
    one_at_a_time(room)
    stage.raise_hand(participant=room.listener, by=room.listener)
    assert room.now("cohost").role == Role.COHOST
    leading.dismiss_cohost(participant=room.cohost, by=room.host)
    assert room.now("cohost").role == Role.LISTENER and room.now("listener").offer_until is not None
