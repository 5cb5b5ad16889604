"""Everybody in a Space hears that recording begins and stops, whatever they listen with; nobody has said it."""

from dataclasses import replace

import numpy as np
import pytest

from rooms.demo.make_announcements import HIGH, LOW
from rooms.relay import ogg
from rooms.relay.announcement import STARTED, STOPPED, frames
from rooms.relay.capture import Capture
from rooms.relay.opus import FRAME_SAMPLES
from tests.support.ears import Ear, eventually, level, tone
from tests.support.sound import decoded_opus

ANA = 1760
# A note's middle, in frames of 20 ms; a gap between two lasts none.
NOTE = 8


async def hears(ear: Ear, frequency: float) -> None:
    """Somewhere in the last second: nobody looks at every moment in time."""
    step = NOTE * FRAME_SAMPLES
    await eventually(
        lambda: any(
            level(ear.sound[at : at + step], frequency) > -30 for at in range(0, len(ear.sound) - step, step // 2)
        )
    )


async def announced(stage, recording: bool) -> None:
    stage.record(recording)
    assert await stage.apply()


async def over(stage) -> None:
    """All of it is on its way, and what is still to be played as well."""
    await eventually(lambda: stage.room._announcement.is_over)


async def test_who_joins_later_hears_nothing_of_it(stage):
    lou = await stage.listen("lou")
    await announced(stage, True)
    await hears(lou, LOW)
    await over(stage)
    max_ = await stage.listen("max")
    await max_.frames(50)
    assert max_.level(LOW, 50) < -60 and max_.level(HIGH, 50) < -60


async def test_a_space_that_was_recorded_before_anybody_came_announces_nothing(stage):
    stage.record(True)
    lou = await stage.listen("lou")
    assert stage.room.state.recording
    await lou.frames(50)
    assert lou.level(LOW, 50) < -60 and lou.level(HIGH, 50) < -60


async def test_the_same_said_again_is_no_news(stage):
    lou = await stage.listen("lou")
    await announced(stage, True)
    await over(stage)
    stage.seat("ana", muted=True)
    await announced(stage, True)
    assert stage.room._announcement.is_over
    await lou.frames(1)


async def test_what_nobody_hears_is_not_kept_for_whoever_comes(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(ANA))
    await announced(stage, True)
    await over(stage)
    lou = await stage.listen("lou")
    await lou.hears(ANA)
    await lou.frames(50)
    assert lou.level(LOW, 50) < -50 and lou.level(HIGH, 50) < -50


async def test_a_listener_hears_two_rising_notes_then_two_falling_ones_and_names_nobody(stage):
    lou = await stage.listen("lou")
    await announced(stage, True)
    await hears(lou, LOW)
    await hears(lou, HIGH)
    await over(stage)
    await announced(stage, False)
    await hears(lou, HIGH)
    await hears(lou, LOW)
    await over(stage)
    assert not any(packet.csrc for packet in lou.packets)
    assert stage.room.take_talked() == {}
    await lou.frames(60)
    assert np.abs(lou.sound[-10 * FRAME_SAMPLES :]).max() < 0.001


async def test_whoever_speaks_hears_it_too_and_everybody_goes_on_hearing_them(stage):
    csrc = stage.seat("ana")
    await stage.speak("ana", tone(ANA))
    ana, lou = await stage.listen("ana"), await stage.listen("lou")
    await lou.hears(ANA)
    await announced(stage, True)
    await hears(ana, LOW)
    await hears(lou, HIGH)
    assert lou.level(ANA, NOTE) > -30 and lou.csrcs == {csrc}
    assert ana.level(ANA, NOTE) < -50


async def test_it_is_in_nobodys_segments(stage, tmp_path):
    await stage.drain()
    kept: list[np.ndarray] = []
    capture = Capture(
        spool=tmp_path,
        min_free=0.0,
        keep=lambda segment: kept.append(decoded_opus(ogg.packets(segment.path.read_bytes()))),
        tell=lambda spaces, stopped: None,
    )
    await stage.start(capture=capture)
    stage.seat("ana")
    stage.seats["ana"] = replace(stage.seats["ana"], capture=True)
    await stage.speak("ana", tone(ANA))
    ana, lou = await stage.listen("ana"), await stage.listen("lou")
    await lou.hears(ANA)
    await announced(stage, True)
    for ear in (lou, ana):
        await hears(ear, LOW)
    await over(stage)
    stage.seat("ana", muted=True)
    assert await stage.apply()
    await eventually(lambda: len(kept) > 0)
    sound = np.concatenate(kept)
    pieces = [sound[at : at + NOTE * FRAME_SAMPLES] for at in range(0, len(sound), NOTE * FRAME_SAMPLES)]
    assert max(level(piece, ANA) for piece in pieces) > -20
    assert max(max(level(piece, LOW), level(piece, HIGH)) for piece in pieces) < -45


@pytest.mark.parametrize(("path", "notes"), [(STARTED, (LOW, HIGH)), (STOPPED, (HIGH, LOW))])
def test_the_sounds_are_short_and_no_louder_than_people(path, notes):
    sound = np.concatenate(frames(path))
    assert 1 < len(frames(path)) * 0.02 < 4
    # dBFS; speech of the demo is at -21.
    assert -30 < 20 * np.log10(np.sqrt(np.mean(sound**2))) < -18 and np.abs(sound).max() < 0.9
    first, second = sound[: 12 * FRAME_SAMPLES], sound[15 * FRAME_SAMPLES : 27 * FRAME_SAMPLES]
    for part, mine, other in ((first, *notes), (second, *reversed(notes))):
        assert level(part, mine) > -30 and level(part, mine) - level(part, other) > 25
