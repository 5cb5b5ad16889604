"""Recording a Space for a replay: who switches it on and off, who is asked, and what the relay keeps of whom."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from rooms import signals
from rooms.models import Consent, Participant, RecordingPeriod, Space
from rooms.refusals import Refused
from rooms.selectors import consents, periods, space_state, spans
from rooms.services import attendance, recording, removal, schedule, spaces, stage, succession
from tests.support import cast


def refusal(act, **kwargs) -> str:
    with pytest.raises(Refused) as refused:
        act(**kwargs)
    return refused.value.code


def now(space: Space) -> Space:
    return Space.objects.get(pk=space.pk)


def answers(person: Participant) -> list[str]:
    return list(Consent.objects.filter(participant=person).values_list("answer", flat=True))


def captured(room) -> set[str]:
    """Whose open microphone the relay keeps."""
    names = {str(person.pk): name for name, person in {"host": room.host, **room.people}.items()}
    return {names[seat.participant] for seat in space_state(room.space.pk).seats if seat.capture}


# --- Switching it on and off ---


@pytest.mark.parametrize("who", ["cohost", "speaker", "listener", "guest"])
def test_nobody_but_the_host_records(room, who):
    assert refusal(recording.start, space=room.space, by=room.now(who)) == "host_only"
    recording.start(space=room.space, by=room.host)
    assert refusal(recording.stop, space=room.space, by=room.now(who)) == "host_only"
    assert now(room.space).recording_since is not None


def test_what_has_ended_is_not_recorded(room):
    spaces.end(space=room.space, by=room.host)
    assert refusal(recording.start, space=room.space, by=room.host) == "ended"
    assert not RecordingPeriod.objects.exists()


def test_everybody_on_the_stage_is_asked_and_the_host_has_said_yes_by_it(room):
    recording.start(space=room.space, by=room.host)
    assert room.now("host").recording_answer == "yes" and answers(room.host) == ["yes"]
    assert {room.now(who).recording_answer for who in ("cohost", "speaker")} == {"asked"}
    assert {room.now(who).recording_answer for who in ("listener", "guest")} == {""}


def test_switching_it_twice_changes_nothing(room):
    recording.start(space=room.space, by=room.host)
    before = now(room.space)
    recording.start(space=room.space, by=room.host)
    assert now(room.space).version == before.version and RecordingPeriod.objects.count() == 1
    recording.stop(space=room.space, by=room.host)
    stopped = now(room.space)
    recording.stop(space=room.space, by=room.host)
    assert now(room.space).version == stopped.version == before.version + 1


def test_it_is_switched_on_ten_times_in_ten_minutes(room):
    at = timezone.now()
    with time_machine.travel(at, tick=False):
        for _ in range(10):
            recording.start(space=room.space, by=room.host)
            recording.stop(space=room.space, by=room.host)
    for seconds, refused in ((599, True), (600, False)):
        with time_machine.travel(at + timedelta(seconds=seconds), tick=False):
            if refused:
                assert refusal(recording.start, space=room.space, by=room.host) == "recorded_too_often"
            else:
                recording.start(space=room.space, by=room.host)


def test_every_time_it_was_on_is_remembered(room):
    for _ in range(2):
        recording.start(space=room.space, by=room.host)
        recording.stop(space=room.space, by=room.host)
    recording.start(space=room.space, by=room.host)
    found = list(RecordingPeriod.objects.filter(space=room.space))
    assert [period.ended_at is None for period in found] == [False, False, True]
    assert now(room.space).recording_since == found[-1].began_at


@pytest.mark.parametrize("how", ["at once", "planned"])
def test_a_wished_recording_begins_with_the_space(db, how):
    host = cast.user("host")
    details = {"title": "Roofs", "recording_wanted": True, "by": host}
    if how == "at once":
        space = spaces.start(**details)
    else:
        planned = schedule.plan(**details, scheduled_for=timezone.now() + timedelta(hours=1))
        assert planned.recording_since is None
        space = schedule.go_live(space=planned, by=host)
    space = now(space)
    # Both are read off the clock one after the other.
    assert timedelta(0) <= space.recording_since - space.started_at < timedelta(seconds=1)
    assert space.recording_periods.count() == 1
    assert answers(space.participants.get()) == ["yes"]


def test_a_space_is_not_recorded_by_itself(room):
    assert now(room.space).recording_since is None and not Consent.objects.exists()


def test_the_end_ends_it_too(room):
    recording.start(space=room.space, by=room.host)
    spaces.end(space=room.space, by=room.host)
    space = now(room.space)
    assert space.recording_since is None and space.recording_periods.get().ended_at == space.ended_at
    assert room.now("speaker").recording_answer == "no" and answers(room.speaker) == ["none"]


# --- Those who come up later ---


def test_whoever_takes_a_seat_later_is_asked(room):
    recording.start(space=room.space, by=room.host)
    assert cast.seat(room.listener, by=room.host).recording_answer == "asked"


def test_whoever_becomes_co_host_from_the_listeners_is_asked(room):
    recording.start(space=room.space, by=room.host)
    assert cast.make_cohost(room.listener, by=room.host).recording_answer == "asked"


def test_whoever_takes_a_seat_while_nothing_is_recorded_is_not_asked(room):
    assert cast.seat(room.listener, by=room.host).recording_answer == ""


def test_a_space_that_is_handed_over_goes_on_being_recorded_by_what_each_said(room):
    recording.start(space=room.space, by=room.host)
    recording.answer(participant=room.speaker, by=room.speaker, yes=False)
    succession.hand_over(participant=room.speaker, by=room.host)
    assert now(room.space).recording_since is not None
    assert (room.now("speaker").recording_answer, room.now("host").recording_answer) == ("no", "yes")
    assert refusal(recording.stop, space=room.space, by=room.host) == "host_only"


@pytest.mark.parametrize(
    "go",
    [
        lambda room: stage.free_seat(participant=room.speaker, by=room.speaker),
        lambda room: stage.free_seat(participant=room.speaker, by=room.host),
        lambda room: attendance.leave(participant=room.speaker, by=room.speaker),
        lambda room: removal.remove(participant=room.speaker, by=room.host),
    ],
    ids=["steps down", "is demoted", "leaves", "is removed"],
)
def test_whoever_leaves_the_stage_without_an_answer_has_not_agreed(room, go):
    recording.start(space=room.space, by=room.host)
    go(room)
    assert room.now("speaker").recording_answer == "no" and answers(room.speaker) == ["none"]


def test_whoever_said_nothing_is_asked_again_and_whoever_answered_is_not(room):
    recording.start(space=room.space, by=room.host)
    recording.answer(participant=room.cohost, by=room.cohost, yes=False)
    stage.free_seat(participant=room.speaker, by=room.speaker)
    assert cast.seat(room.speaker, by=room.host).recording_answer == "asked"
    recording.stop(space=room.space, by=room.host)
    recording.start(space=room.space, by=room.host)
    assert (room.now("speaker").recording_answer, room.now("cohost").recording_answer) == ("asked", "no")


# --- What the relay keeps ---


@pytest.mark.parametrize(("policy", "kept"), [("always", True), ("on_report", True), ("never", False)])
def test_whether_staff_get_a_copy_is_settled_when_it_starts(db, settings, policy, kept):
    settings.REVIEW_COPY = policy
    room = cast.live_space()
    settings.REVIEW_COPY = "always" if policy == "never" else "never"
    assert now(room.space).review_copy is kept
    assert captured(room) == ({"host", "cohost", "speaker"} if kept else set())


@pytest.fixture
def unkept(db, settings) -> cast.Cast:
    """No review copy: what is kept is what was agreed to."""
    settings.REVIEW_COPY = "never"
    return cast.live_space()


def test_without_a_review_copy_those_alone_are_kept_who_agreed(unkept):
    room = unkept
    recording.start(space=room.space, by=room.host)
    assert captured(room) == {"host"}
    recording.answer(participant=room.speaker, by=room.speaker, yes=True)
    recording.answer(participant=room.cohost, by=room.cohost, yes=False)
    assert captured(room) == {"host", "speaker"}
    recording.answer(participant=room.speaker, by=room.speaker, yes=False)
    assert captured(room) == {"host"}
    recording.stop(space=room.space, by=room.host)
    assert captured(room) == set() and not space_state(room.space.pk).recording


def test_the_relay_is_told_that_recording_is_on(unkept):
    recording.start(space=unkept.space, by=unkept.host)
    assert space_state(unkept.space.pk).recording


# --- What is in the replay ---


def test_one_is_in_the_replay_from_ones_yes_on_and_not_at_all_after_a_no(room):
    start = timezone.now()
    at = [start + timedelta(minutes=minute) for minute in range(6)]
    with time_machine.travel(at[0], tick=False) as clock:
        recording.start(space=room.space, by=room.host)
        clock.shift(20)
        recording.answer(participant=room.speaker, by=room.speaker, yes=True)
        recording.answer(participant=room.cohost, by=room.cohost, yes=True)
        clock.move_to(at[1])
        recording.stop(space=room.space, by=room.host)
        clock.move_to(at[2])
        recording.start(space=room.space, by=room.host)
        clock.move_to(at[3])
        recording.answer(participant=room.cohost, by=room.cohost, yes=False)
        assert set(spans(room.space)) == {room.host.pk, room.speaker.pk}
        clock.move_to(at[4])
        recording.answer(participant=room.cohost, by=room.cohost, yes=True)
        clock.move_to(at[5])
        spaces.end(space=room.space, by=room.host)
    yes = start + timedelta(seconds=20)
    assert periods(room.space) == [(at[0], at[1]), (at[2], at[5])]
    assert spans(room.space) == {
        room.host.pk: [(at[0], at[1]), (at[2], at[5])],
        room.speaker.pk: [(yes, at[1]), (at[2], at[5])],
        room.cohost.pk: [(at[4], at[5])],
    }
    said = [(consent.participant, consent.answer) for consent in consents(room.space)]
    cohost = [(room.cohost, "yes"), (room.cohost, "withdrawn"), (room.cohost, "yes")]
    assert [one for one in said if one[0] == room.cohost] == cohost


def test_who_took_themselves_out_after_the_end_is_in_it_no_more(room):
    recording.start(space=room.space, by=room.host)
    recording.answer(participant=room.speaker, by=room.speaker, yes=True)
    spaces.end(space=room.space, by=room.host)
    assert room.speaker.pk in spans(room.space)
    recording.answer(participant=room.speaker, by=room.speaker, yes=False)
    assert room.speaker.pk not in spans(room.space)
    assert refusal(recording.answer, participant=room.speaker, by=room.speaker, yes=True) == "ended"


def test_a_withdrawal_is_news_to_other_apps(committed_room):
    room, heard = committed_room, []

    def listen(event, **_) -> None:
        heard.append((type(event).__name__, getattr(event, "participant", None)))

    recording.start(space=room.space, by=room.host)
    recording.answer(participant=room.speaker, by=room.speaker, yes=True)
    signals.room_event.connect(listen)
    try:
        spaces.end(space=room.space, by=room.host)
        recording.answer(participant=room.speaker, by=room.speaker, yes=False)
    finally:
        signals.room_event.disconnect(listen)
    assert heard == [("SpaceEnded", None), ("ConsentWithdrawn", room.speaker.pk)]


# --- Too little disk ---


def test_a_relay_without_disk_is_noted_once_and_so_is_its_recovery(room):
    before = now(room.space).version
    for stopped in (True, True, False, False):
        recording.note_capture(space_ids=[str(room.space.pk)], stopped=stopped)
        assert (now(room.space).capture_stopped_at is not None) is stopped
    assert now(room.space).version == before + 2


def test_nothing_is_noted_of_what_has_ended(room):
    spaces.end(space=room.space, by=room.host)
    before = now(room.space).version
    recording.note_capture(space_ids=[room.space.pk], stopped=True)
    assert now(room.space).version == before
