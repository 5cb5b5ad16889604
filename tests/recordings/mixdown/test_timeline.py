"""Everybody is heard when they spoke: over twenty minutes, with joins, mutes, gaps and clocks that run away."""

from pathlib import Path

import numpy as np
import pytest

from recordings.mixdown.job import Segment
from recordings.mixdown.timeline import Timeline
from recordings.mixdown.track import TOGETHER, Track, _slip
from tests.recordings.mixdown.studio import BEGAN_US, RATE, part, tone, us
from tests.support import segments, sound


def chirp(low: float, high: float, seconds: float = 0.3) -> np.ndarray:
    at = np.arange(int(seconds * RATE)) / RATE
    wave = np.sin(2 * np.pi * (low * at + (high - low) * at**2 / (2 * seconds)))
    return (0.3 * np.hanning(len(at)) * wave).astype(np.float32)


LOW, HIGH = chirp(300, 1200), chirp(2000, 3200)


def placed(seconds: float, what: np.ndarray, *starts: float) -> np.ndarray:
    samples = np.zeros(int(seconds * RATE), np.float32)
    for start in starts:
        samples[round(start * RATE) :][: len(what)] += what
    return samples


def found(samples: np.ndarray, what: np.ndarray, about: float) -> float:
    """Seconds at which `what` begins, looked for half a second around."""
    first = max(0, int((about - 0.5) * RATE))
    likeness, lag = sound.correlation(what, samples[first : first + RATE + len(what)])
    assert likeness > 0.7, f"not there about {about}: {likeness:.2f}"
    return (first + lag) / RATE


@pytest.mark.slow
def test_twenty_minutes_with_joins_mutes_gaps_and_a_clock_that_runs_away_are_right_within_5_ms(studio, table):
    minutes = 20
    studio.periods = [(0, 60 * minutes)]
    said: list[tuple[np.ndarray, float]] = []
    # Anna's microphone is open throughout, and her clock is slow by 100 ppm: segments say when they really began.
    slow = 1 + 100e-6
    hers = [10.0 + 45 * number for number in range(26)]
    packets = segments.encoded(placed(60 * minutes - 1, LOW, *(at / slow for at in hers)))
    for start in range(0, len(packets), 200):
        made = segments.write(studio.segments, us(start * 0.02 * slow), packets[start : start + 200])
        studio.has("anna", [made])
    said += [(LOW, at) for at in hers]
    # Ben joins late, opens and closes his microphone at odd moments, and once loses a second and a half.
    for number in range(20):
        at = 301.2345 + 43.217 * number
        studio.says("ben", at, placed(3, HIGH, 1))
        said.append((HIGH, at + 1))
    studio.says("ben", 1170.11, placed(2, HIGH, 0.5))
    studio.says("ben", 1173.61, placed(5, HIGH, 0.5))
    said += [(HIGH, 1170.61), (HIGH, 1174.11)]
    result, samples = studio.summed()
    lead = result["lead_ms"] / 1000
    off = [abs(found(samples, what, at - lead) - (at - lead)) * 1000 for what, at in said]
    table.add(minutes=minutes, moments=len(off), worst_ms=round(max(off), 2))
    assert max(off) <= 5


@pytest.mark.parametrize("ppm", [200, -200])
def test_a_clock_that_runs_away_is_followed_without_a_click(tmp_path, ppm):
    packets = segments.encoded(tone(440, 120))
    made = [
        segments.write(tmp_path, round(us(start * 0.02 * (1 + ppm * 1e-6))), packets[start : start + 200])
        for start in range(0, len(packets), 200)
    ]
    samples = track(made).read(0, 110 * RATE)[RATE:]
    # A step shows in the third difference, where a tone all but vanishes.
    steady = sound.decoded_opus(packets)[RATE:]
    assert np.abs(np.diff(samples, 3)).max() < 1.5 * np.abs(np.diff(steady, 3)).max()


def test_what_slips_comes_later_or_earlier_by_just_that():
    before, after = tone(300, 1)[:48_000], tone(300, 1)
    assert len(_slip(before, after, 200)) == len(after) + 200
    assert len(_slip(before, after, -200)) == len(after) - 200
    assert _slip(before, after, 90) is after


def test_segments_that_follow_each_other_sound_as_if_they_were_one(tmp_path):
    """Decoded with a decoder for each they would click every four seconds."""
    spoken = sound.babble(5, 16)
    packets = segments.encoded(spoken)
    whole = sound.decoded_opus(packets)
    split = track(segments.recorded(tmp_path, BEGAN_US, packets)).read(0, 15 * RATE)
    assert np.abs(split[4800:] - whole[312:][: len(split)][4800:]).max() < 1e-4


def test_a_hole_is_silent_and_nothing_after_it_moves(tmp_path):
    packets = segments.encoded(tone(440, 10))
    made = [segments.write(tmp_path, us(0), packets[:150]), segments.write(tmp_path, us(5), packets[250:450])]
    samples = track(made).read(0, 10 * RATE)
    assert np.all(part(samples, 3, 4.99) == 0)
    assert sound.dbfs(part(samples, 5.01, 8.9)) > -21
    edge = np.abs(part(samples, 4.9925, 5.0))
    assert edge.max() < 0.15


def test_the_later_of_two_that_claim_the_same_time_is_heard(tmp_path):
    first = segments.write(tmp_path, us(0), segments.encoded(tone(400, 4)))
    second = segments.write(tmp_path, us(2), segments.encoded(tone(900, 4)))
    samples = track([first, second]).read(0, 8 * RATE)
    assert sound.dbfs(part(samples, 0.1, 5.8)) < -19
    low, high = (np.abs(np.fft.rfft(part(samples, 2.1, 3.9)))[round(f * 1.8)] for f in (400, 900))
    assert high > 1000 * low
    assert np.all(samples[int(6.01 * RATE) :] == 0)


def test_the_same_segment_twice_is_heard_once(tmp_path):
    made = segments.write(tmp_path, us(0), segments.encoded(tone(400, 4)))
    assert -21 < sound.dbfs(part(track([made, made]).read(0, 5 * RATE), 0.5, 3.5)) < -19


def test_a_recording_is_read_in_whatever_pieces(tmp_path):
    made = segments.record(tmp_path, us(0.3), sound.babble(3, 9))
    whole = track(made).read(0, 12 * RATE)
    pieces, at, again = [], 0, track(made)
    for count in [960, 47_040, 192_000, 96_000, 240_000]:
        piece = again.read(at, count)
        pieces.append(np.zeros(count, np.float32) if piece is None else piece)
        at += count
    assert np.array_equal(np.concatenate(pieces), whole)


def test_positions_on_the_wall_and_in_the_replay():
    timeline = Timeline([(us(0), us(25)), (us(100), us(103.3333))])
    blocks = list(timeline.blocks())
    assert [(b.start, b.wall, b.samples) for b in blocks] == [
        (0, 0, 480_000),
        (480_000, 480_000, 480_000),
        (960_000, 960_000, 240_000),
        (1_200_000, 4_800_000, 160_320),
    ]
    assert sum(b.samples for b in timeline.blocks(96_000, 1_248_000)) == 1_152_000
    rows = timeline.periods_ms(96_000, 1_248_000)
    assert rows == [[0, round(us(2) / 1000), 23_000], [23_000, round(us(100) / 1000), 1000]]


def track(made: list[dict]) -> Track:
    """All of it may be heard."""
    rows = [Segment(**(each | {"path": Path(each["path"])})) for each in made]
    return Track(rows, [(-TOGETHER, 10**9)], BEGAN_US)
