"""Answers about being recorded: one's own, in time or not, changed, and all of them kept."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from rooms import own_data
from rooms.models import Consent, Participant, Space
from rooms.selectors import due
from rooms.services import attendance, clock, recording, removal, spaces, stage
from tests.rooms.test_recording import answers, refusal
from tests.support import cast
from tests.support.races import PROCESSES, race, race_of

SECOND = timedelta(seconds=1)


@pytest.fixture
def asked(room) -> cast.Cast:
    recording.start(space=room.space, by=room.host)
    return room


def answer(room, who: str, *, yes: bool, by: str = "") -> None:
    recording.answer(participant=room.now(who), by=room.now(by or who), yes=yes)


# --- Refused ---


@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize("by", ["host", "cohost", "listener"])
def test_nobody_answers_for_another(asked, by, yes):
    code = refusal(answer, room=asked, who="speaker", by=by, yes=yes)
    assert code == "never_answer_for_another" and answers(asked.speaker) == []


@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize("who", ["listener", "guest"])
def test_whoever_was_not_asked_has_nothing_to_answer(asked, who, yes):
    assert refusal(answer, room=asked, who=who, yes=yes) == "not_asked"


def test_nobody_agrees_who_is_out(asked):
    attendance.leave(participant=asked.speaker, by=asked.speaker)
    assert refusal(answer, room=asked, who="speaker", yes=True) == "not_inside"
    removal.remove(participant=asked.speaker, by=asked.host)
    assert refusal(answer, room=asked, who="speaker", yes=True) == "removed"


def test_nobody_agrees_after_the_end(asked):
    spaces.end(space=asked.space, by=asked.host)
    assert refusal(answer, room=asked, who="speaker", yes=True) == "ended"


def test_what_was_recorded_in_private_is_never_opened_to_everybody(room):
    change = {"space": room.space, "by": room.host.user}
    spaces.change_settings(**change, is_private=True)
    spaces.change_settings(**change, is_private=False)
    spaces.change_settings(**change, is_private=True)
    recording.start(space=room.space, by=room.host)
    recording.stop(space=room.space, by=room.host)
    assert refusal(spaces.change_settings, **change, is_private=False) == "recorded_in_private"
    assert Space.objects.get(pk=room.space.pk).is_private
    spaces.change_settings(**change, guests_allowed=False)


# --- Answered ---


@pytest.mark.parametrize(("yes", "said"), [(True, "yes"), (False, "no")])
def test_an_answer_is_kept_with_when_and_to_what(asked, settings, yes, said):
    settings.CONSENT_POLICY = "2026-12-24"
    moment = timezone.now() + timedelta(seconds=10)
    with time_machine.travel(moment, tick=False):
        answer(asked, "speaker", yes=yes)
    row = Consent.objects.get(participant=asked.speaker)
    assert (row.answer, row.at, row.policy, row.space) == (said, moment, "2026-12-24", asked.space)
    assert asked.now("speaker").recording_answer == said
    assert asked.now("speaker").recording_asked_until is None


def test_the_same_answer_again_changes_nothing(asked):
    for yes, said in ((True, ["yes"]), (False, ["yes", "withdrawn"])):
        for _ in range(2):
            answer(asked, "speaker", yes=yes)
            version = Space.objects.get(pk=asked.space.pk).version
            assert answers(asked.speaker) == said
        answer(asked, "speaker", yes=yes)
        assert Space.objects.get(pk=asked.space.pk).version == version


def test_one_changes_ones_mind_as_often_as_one_likes_and_every_answer_is_kept(asked):
    for yes in (False, True, False, True):
        answer(asked, "speaker", yes=yes)
    assert answers(asked.speaker) == ["no", "yes", "withdrawn", "yes"]


def test_the_host_may_take_themselves_out(asked):
    answer(asked, "host", yes=False)
    assert answers(asked.host) == ["yes", "withdrawn"] and asked.now("host").recording_answer == "no"


@pytest.mark.parametrize("gone", ["left", "removed", "ended"])
def test_whoever_is_out_may_take_themselves_out_of_the_recording(asked, gone):
    answer(asked, "speaker", yes=True)
    if gone == "left":
        attendance.leave(participant=asked.speaker, by=asked.speaker)
    elif gone == "removed":
        removal.remove(participant=asked.speaker, by=asked.host)
    else:
        spaces.end(space=asked.space, by=asked.host)
    answer(asked, "speaker", yes=False)
    assert answers(asked.speaker) == ["yes", "withdrawn"]


def test_whoever_stepped_down_may_still_agree_or_not(asked):
    answer(asked, "speaker", yes=False)
    stage.free_seat(participant=asked.speaker, by=asked.speaker)
    answer(asked, "speaker", yes=True)
    assert asked.now("speaker").recording_answer == "yes"


def test_the_copy_of_an_account_holds_every_answer_it_gave(asked, settings):
    answer(asked, "speaker", yes=True)
    answer(asked, "speaker", yes=False)
    [kept] = [section for section in own_data.sections(asked.speaker.user) if section.name == "consents"]
    said = [(row["space"]["title"], row["answer"], row["policy"]) for row in kept.rows]
    policy = settings.CONSENT_POLICY
    assert said == [("Evening talk", "yes", policy), ("Evening talk", "withdrawn", policy)]


# --- Time ---


def test_the_time_to_answer_runs_from_the_question(asked, settings):
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
        stage.offer_seat(participant=asked.listener, by=asked.host)
        stage.take_seat(participant=asked.listener, by=asked.listener)
        until = asked.now("listener").recording_asked_until
        assert until == timezone.now() + timedelta(seconds=settings.CONSENT_SECONDS)


@pytest.mark.parametrize(("offset", "over"), [(-SECOND, False), (timedelta(0), True), (SECOND, True)])
def test_no_answer_in_time_is_a_no(asked, offset, over):
    until = asked.now("speaker").recording_asked_until
    with time_machine.travel(until + offset, tick=False):
        assert (asked.space.pk in due(timezone.now())) is over
        clock.tick(space_id=asked.space.pk)
        assert not due(timezone.now())
    assert asked.now("speaker").recording_answer == ("no" if over else "asked")
    assert answers(asked.speaker) == (["none"] if over else [])


def test_time_up_is_one_change_however_many_said_nothing_and_none_the_second_time(asked):
    before = Space.objects.get(pk=asked.space.pk).version
    with time_machine.travel(asked.now("speaker").recording_asked_until):
        clock.tick(space_id=asked.space.pk)
        clock.tick(space_id=asked.space.pk)
    assert Space.objects.get(pk=asked.space.pk).version == before + 1
    assert Consent.objects.filter(answer="none").count() == 2


@pytest.mark.parametrize(("offset", "said"), [(-SECOND, ["yes"]), (timedelta(0), ["none", "yes"])])
def test_a_late_yes_counts_from_then_on_and_the_silence_before_is_kept(asked, offset, said):
    """The tick may be late; the time is not."""
    until = asked.now("speaker").recording_asked_until
    with time_machine.travel(until + offset, tick=False):
        answer(asked, "speaker", yes=True)
    assert answers(asked.speaker) == said and asked.now("speaker").recording_answer == "yes"


def test_a_no_after_the_time_was_up_means_that_one_is_not_asked_again(asked):
    with time_machine.travel(asked.now("speaker").recording_asked_until):
        clock.tick(space_id=asked.space.pk)
        answer(asked, "speaker", yes=False)
    assert answers(asked.speaker) == ["none", "no"]
    stage.free_seat(participant=asked.speaker, by=asked.host)
    assert cast.seat(asked.speaker, by=asked.host).recording_answer == "no"


# --- At the same time ---


@pytest.fixture
def asked_for_all(committed_room) -> cast.Cast:
    recording.start(space=committed_room.space, by=committed_room.host)
    return committed_room


def agreed(room, who: str) -> bool:
    """What counts is what was said last."""
    said = answers(room.people[who])
    assert (room.now(who).recording_answer == "yes") == (said[-1] == "yes")
    return said[-1] == "yes"


@pytest.mark.slow
def test_one_yes_in_eight_windows_is_one_answer(asked_for_all):
    room = asked_for_all
    assert race("agree", [str(room.speaker.pk)] * PROCESSES) == {"done": PROCESSES}
    assert answers(room.speaker) == ["yes"]


@pytest.mark.slow
def test_of_a_yes_and_a_no_in_two_windows_the_later_counts(asked_for_all):
    room = asked_for_all
    assert race_of([("agree", str(room.speaker.pk)), ("refuse", str(room.speaker.pk))]) == {"done": 2}
    assert answers(room.speaker) in (["yes", "withdrawn"], ["no", "yes"])
    agreed(room, "speaker")


@pytest.mark.slow
def test_an_answer_while_the_time_runs_out(asked_for_all):
    room = asked_for_all
    Participant.objects.filter(pk=room.speaker.pk).update(recording_asked_until=timezone.now())
    moves = [("tick", str(room.space.pk))] * 4 + [("agree", str(room.speaker.pk))] * 4
    assert race_of(moves) == {"done": 8}
    assert answers(room.speaker) == ["none", "yes"] and agreed(room, "speaker")


@pytest.mark.slow
def test_an_answer_while_the_host_stops_it(asked_for_all):
    room = asked_for_all
    assert race_of([("stop_recording", room.space.slug), ("agree", str(room.speaker.pk))]) == {"done": 2}
    assert answers(room.speaker) in (["yes"], ["none", "yes"]) and agreed(room, "speaker")


@pytest.mark.slow
def test_a_seat_that_is_taken_while_recording_starts_is_asked_about_once(committed_room):
    room = committed_room
    stage.offer_seat(participant=room.listener, by=room.host)
    assert race_of([("take_seat", str(room.listener.pk)), ("start_recording", room.space.slug)]) == {"done": 2}
    assert room.now("listener").recording_answer == "asked" and answers(room.listener) == []


@pytest.mark.slow
def test_recording_that_is_started_eight_times_is_one(committed_room):
    room = committed_room
    assert race("start_recording", [room.space.slug] * PROCESSES) == {"done": PROCESSES}
    assert room.space.recording_periods.count() == 1 and answers(room.host) == ["yes"]
