"""What is in a replay: the consented, to the sample, and nothing else. Every person is a tone of their own."""

import numpy as np
import pytest

from tests.recordings.mixdown.studio import RATE, part, strength, tone

# Beside a tone at -20 dBFS this is what a codec leaves of nothing.
ABSENT = -70.0


@pytest.mark.parametrize("spans", [[], [(70, 80)], [(5, 5)]])
def test_nobody_who_consented_while_recording_was_on_makes_no_file(studio, spans):
    studio.says("anna", 1, tone(440, 5), spans)
    mix = studio.mixed()
    assert mix.code == 3 and mix.result["nothing"] == "nobody" and "nobody" in mix.errors
    assert not mix.m4a.exists() and not mix.opus.exists()


def test_without_any_track_nobody_consented(studio):
    assert studio.mixed().result["nothing"] == "nobody"


def test_nothing_but_silence_makes_no_file(studio):
    studio.says("anna", 1, np.zeros(5 * RATE, np.float32))
    mix = studio.mixed()
    assert mix.code == 3 and mix.result["nothing"] == "silence"
    assert not mix.m4a.exists() and not mix.opus.exists()


def test_who_refused_cannot_be_heard_and_their_segments_are_not_even_opened(studio):
    studio.says("yes", 1, tone(400, 8))
    refused = studio.says("no", 1, tone(700, 8), spans=[])
    also = studio.says("also", 1, tone(1100, 8))
    for segment in refused:
        segment["path"] = "/nowhere"
    mix = studio.mixed()
    assert mix.code == 0 and mix.result["segments"] == {"mixed": 4, "damaged": 0, "missing": 0}
    heard = part(mix.heard(), 1, 8)
    assert strength(heard, 400) > -26 and strength(heard, 1100) > -26
    assert strength(heard, 700) < ABSENT
    assert {name for name, _, _ in mix.result["voices"]} == {"yes", "also"} and also


def test_a_span_begins_and_ends_at_its_sample(studio):
    studio.says("ground", 0, tone(300, 12))
    studio.says("asked", 0, tone(2000, 12), spans=[(3.25, 5.5), (8, 8.75)])
    result, samples = studio.summed()
    assert result["lead_ms"] == 0
    inside, outside = [(3.26, 5.49), (8.01, 8.74)], [(0, 3.249), (5.501, 7.999), (8.751, 11.9)]
    assert all(strength(part(samples, *between), 2000) > -21 for between in inside)
    assert all(strength(part(samples, *between), 2000) < ABSENT for between in outside)


def test_an_edge_is_soft(studio):
    """5 ms up and down: the click of a cut would be louder than all above the tone."""
    studio.says("anna", 0, tone(1000, 6), spans=[(1.0005, 4)])
    _, samples = studio.summed()
    at = np.abs(samples) > 0
    first = int(np.argmax(at))
    assert np.abs(samples[first : first + 24]).max() < 0.1 * np.abs(samples).max()


def test_what_was_said_while_recording_was_off_is_cut_out_and_the_rest_moves_together(studio):
    studio.periods = [(2, 6), (20, 24)]
    studio.says("anna", 0, np.concatenate((tone(400, 10), tone(900, 20))))
    result, samples = studio.summed()
    assert result["duration_ms"] == 8000
    assert strength(part(samples, 0.1, 3.9), 400) > -21 and strength(part(samples, 0.1, 3.9), 900) < ABSENT
    assert strength(part(samples, 4.1, 7.9), 900) > -21 and strength(part(samples, 4.1, 7.9), 400) < ABSENT
    first, second = result["periods_ms"]
    assert (first[0], first[2], second[0], second[2]) == (0, 4000, 4000, 4000)
    assert second[1] - first[1] == 18_000


def test_spans_and_periods_that_overlap_count_once(studio):
    studio.periods = [(0, 4), (3, 8)]
    studio.says("anna", 0, tone(400, 8), spans=[(1, 5), (4, 6), (5.5, 7)])
    result, samples = studio.summed()
    level = strength(part(samples, 2, 5), 400)
    assert -21 < level < -19
    # With 240 ms before and 500 ms after it.
    assert abs(result["duration_ms"] - 6740) <= 20
