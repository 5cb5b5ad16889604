"""From a raised hand to an open microphone and back."""

import pytest

from rooms.models import Seat
from rooms.refusals import Refused
from rooms.roles import MOVES, Hand, IllegalMove, Role, check_move
from rooms.selectors import hands, space_state, stage_full
from rooms.services import leading, stage, succession, turns
from tests.support import cast


def refusal(act, **kwargs) -> str:
    with pytest.raises(Refused) as refused:
        act(**kwargs)
    return refused.value.code


def version(room) -> int:
    room.space.refresh_from_db()
    return room.space.version


def test_nobody_takes_a_seat_that_was_not_offered(room):
    assert refusal(stage.take_seat, participant=room.listener, by=room.listener) == "not_offered"
    assert not Seat.objects.filter(participant=room.listener).exists()


def test_raising_a_hand_is_not_yet_an_offer(room):
    stage.raise_hand(participant=room.listener, by=room.listener)
    assert refusal(stage.take_seat, participant=room.listener, by=room.listener) == "not_offered"


def test_a_guest_cannot_raise_a_hand(room):
    assert refusal(stage.raise_hand, participant=room.guest, by=room.guest) == "sign_in_first"


def test_a_full_stage_keeps_the_offer_and_the_place(room):
    for number in range(10):
        cast.seat(cast.enter(room.space, cast.user(f"seated{number}")), by=room.host)
    assert stage_full(room.space)
    stage.raise_hand(participant=room.listener, by=room.listener)
    before = room.now("listener").hand_at
    stage.offer_seat(participant=room.listener, by=room.host)
    assert refusal(stage.take_seat, participant=room.listener, by=room.listener) == "stage_full"
    after = room.now("listener")
    assert (after.hand, after.hand_at) == (Hand.OFFERED, before)
    stage.free_seat(participant=room.speaker, by=room.host)
    stage.take_seat(participant=room.listener, by=room.listener)
    assert room.now("listener").role == Role.SPEAKER


def test_a_lower_setting_makes_a_smaller_stage(room, settings):
    settings.MAX_SEATS = 3
    stage.offer_seat(participant=room.listener, by=room.host)
    assert refusal(stage.take_seat, participant=room.listener, by=room.listener) == "stage_full"


def test_the_hosts_slot_stays_reserved(room):
    for number in range(10):
        cast.seat(cast.enter(room.space, cast.user(f"seated{number}")), by=room.host)
    assert Seat.objects.get(slot=Seat.HOST_SLOT).participant == room.host
    assert Seat.objects.count() == 13


def test_one_arrives_muted_and_opens_the_microphone_oneself(room):
    stage.offer_seat(participant=room.listener, by=room.host)
    stage.take_seat(participant=room.listener, by=room.listener)
    assert Seat.objects.get(participant=room.listener).muted
    assert refusal(stage.unmute, participant=room.listener, by=room.host) == "never_unmute_another"
    stage.unmute(participant=room.listener, by=room.listener)
    assert not Seat.objects.get(participant=room.listener).muted


def test_taking_a_seat_lowers_the_hand(room):
    stage.raise_hand(participant=room.listener, by=room.listener)
    cast.seat(room.listener, by=room.host)
    now = room.now("listener")
    assert (now.role, now.hand, now.hand_at) == (Role.SPEAKER, Hand.DOWN, None)


def test_hands_are_served_in_the_order_they_went_up(room):
    people = [cast.enter(room.space, cast.user(f"person{n}")) for n in range(3)]
    for person in (people[2], people[0], people[1]):
        stage.raise_hand(participant=person, by=person)
    assert hands(room.space) == [people[2], people[0], people[1]]


def test_an_answered_hand_keeps_its_place(room):
    first, second = (cast.enter(room.space, cast.user(f"person{n}")) for n in range(2))
    stage.raise_hand(participant=first, by=first)
    stage.raise_hand(participant=second, by=second)
    stage.offer_seat(participant=first, by=room.cohost)
    assert hands(room.space) == [first, second]


def test_a_demoted_speaker_listens_on_and_their_seat_is_free(room):
    stage.free_seat(participant=room.speaker, by=room.cohost)
    now = room.now("speaker")
    assert now.is_present and now.role == Role.LISTENER
    assert not Seat.objects.filter(participant=now).exists()


def test_a_stale_copy_of_a_person_decides_nothing(room):
    """Services read again under the lock: what a view loaded a moment ago may be history."""
    stale = room.now("cohost")
    stage.free_seat(participant=room.cohost, by=room.host)
    assert stale.leads
    assert refusal(stage.mute, participant=room.speaker, by=stale) == "not_a_leader"


REPEATS = {
    "a hand": lambda c: stage.raise_hand(participant=c.listener, by=c.listener),
    "an offer": lambda c: stage.offer_seat(participant=c.listener, by=c.host),
    "a lowered hand": lambda c: stage.lower_hand(participant=c.listener, by=c.listener),
    "a declined offer": lambda c: stage.drop_offer(participant=c.listener, by=c.listener),
    "a withdrawn offer": lambda c: stage.drop_offer(participant=c.listener, by=c.host),
    "muting": lambda c: stage.mute(participant=c.speaker, by=c.host),
    "un-muting": lambda c: stage.unmute(participant=c.speaker, by=c.speaker),
    "stepping down": lambda c: stage.free_seat(participant=c.speaker, by=c.speaker),
    "a seat": lambda c: stage.take_seat(participant=c.speaker, by=c.speaker),
}


@pytest.mark.parametrize("act", REPEATS)
def test_doing_it_again_changes_and_publishes_nothing(act, room, django_capture_on_commit_callbacks):
    REPEATS[act](room)
    before = version(room)
    with django_capture_on_commit_callbacks() as published:
        REPEATS[act](room)
    assert (version(room), published) == (before, [])


def test_the_version_grows_with_every_change(room):
    seen = [version(room)]
    for act in (stage.raise_hand, stage.lower_hand, stage.raise_hand):
        act(participant=room.listener, by=room.listener)
        seen.append(version(room))
    assert seen == sorted(set(seen))


def test_the_relay_is_told_what_the_rows_say(room):
    stage.unmute(participant=room.speaker, by=room.speaker)
    state = space_state(room.space.pk)
    assert state.live
    assert {seat.participant: seat.muted for seat in state.seats} == {
        str(room.host.pk): True,
        str(room.cohost.pk): True,
        str(room.speaker.pk): False,
    }


def test_moves_that_are_not_in_the_table_do_not_exist():
    listening, hosting = (Role.LISTENER, Hand.DOWN), (Role.HOST, Hand.DOWN)
    with pytest.raises(IllegalMove):
        check_move(listening, hosting)
    for before, after in MOVES.items():
        for to in after:
            check_move(before, to)
            assert to in MOVES, "every move leads to a known standing"
    assert {role for role, _ in MOVES} == set(Role)


@pytest.mark.parametrize("act", ["dismissed", "handed over"])
def test_whoever_leads_no_more_is_muted_while_it_is_one_at_a_time(act, room):
    former = "cohost" if act == "dismissed" else "host"
    turns.open_turns(space=room.space, seconds=60, by=room.host)
    stage.unmute(participant=room.now(former), by=room.now(former))
    if act == "dismissed":
        leading.dismiss_cohost(participant=room.cohost, by=room.host)
    else:
        succession.hand_over(participant=room.speaker, by=room.host)
    assert Seat.objects.get(participant=room.now(former)).muted
