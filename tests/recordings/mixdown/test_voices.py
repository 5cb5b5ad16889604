"""Who talks when, and chapters: where somebody holds the floor after somebody else did."""

import numpy as np

from recordings.mixdown.voices import SILENT, chapters, levels, talking, without
from tests.recordings.mixdown.studio import tone
from tests.support import voice

# Levels of 20 ms: -dBov.
TALK, ROOM = 22, 58


def level(*runs: tuple[int, int]) -> np.ndarray:
    """`runs` of (frames, level)."""
    return np.concatenate([np.full(frames, loudness, np.uint8) for frames, loudness in runs])


def test_nobody_talks_in_silence_or_in_a_quiet_room():
    assert talking(level((500, SILENT))) == []
    assert talking(level((500, ROOM))) == []
    assert talking(np.zeros(0, np.uint8)) == []


def test_levels_are_those_of_every_20_ms():
    found = levels(np.concatenate((tone(1000, 1, -20), np.zeros(48_000, np.float32))))
    assert len(found) == 100 and set(found[:50]) == {20} and set(found[50:]) == {SILENT}


def test_a_pause_for_breath_does_not_end_a_voice_and_a_longer_one_does():
    said = level((100, ROOM), (200, TALK), (25, ROOM), (200, TALK), (60, ROOM), (100, TALK), (100, ROOM))
    assert talking(said) == [(100, 525), (585, 685)]


def test_a_click_is_no_voice():
    assert talking(level((100, ROOM), (2, TALK), (100, ROOM))) == []


def test_a_steady_hum_is_the_room_and_who_talks_over_it_is_heard():
    assert talking(level((400, 46), (200, 20), (400, 46))) == [(400, 600)]


def test_whatever_is_loud_is_heard_although_it_never_pauses():
    assert talking(level((500, 25))) == [(0, 500)]


def test_voices_of_real_speech_are_where_it_was_spoken(studio):
    spoken = voice.samples()
    seconds = len(spoken) / 48_000
    studio.says("anna", 2, spoken)
    studio.says("ben", 2 + seconds + 1, spoken)
    result, _ = studio.summed()
    lead = result["lead_ms"]
    for name, begun in (("anna", 2), ("ben", 3 + seconds)):
        mine = [(since + lead, until + lead) for who, since, until in result["voices"] if who == name]
        assert abs(mine[0][0] - begun * 1000) < 300
        assert abs(mine[-1][1] - (begun + seconds) * 1000) < 700
    assert result["voices"][0][1] == 240, "what is trimmed leaves a breath"
    assert result["duration_ms"] - max(until for _, _, until in result["voices"]) == 500


def test_a_chapter_begins_where_somebody_takes_the_floor():
    voices = [("anna", 0, 40_000), ("ben", 41_000, 80_000), ("anna", 82_000, 120_000)]
    assert chapters(voices, 120_000) == [
        {"at_ms": 0, "participant": "anna"},
        {"at_ms": 41_000, "participant": "ben"},
        {"at_ms": 82_000, "participant": "anna"},
    ]


def test_a_word_thrown_in_is_no_chapter():
    voices = [("anna", 0, 30_000), ("ben", 30_200, 32_000), ("anna", 32_100, 60_000), ("ben", 45_000, 46_000)]
    assert chapters(voices, 60_000) == [{"at_ms": 0, "participant": "anna"}]


def test_a_quick_exchange_makes_no_chapters_nearer_than_20_s():
    voices = [("anna" if turn % 2 else "ben", turn * 9000, turn * 9000 + 8500) for turn in range(20)]
    found = chapters(voices, 180_000)
    gaps = np.diff([chapter["at_ms"] for chapter in found])
    assert found[0]["at_ms"] == 0 and (gaps >= 20_000).all()
    assert all(a["participant"] != b["participant"] for a, b in zip(found, found[1:], strict=False))


def test_two_who_talk_at_once_hold_no_floor():
    voices = [("anna", 0, 30_000), ("ben", 30_000, 60_000), ("carl", 30_000, 60_000)]
    assert [chapter["participant"] for chapter in chapters(voices, 60_000)] == ["anna"]


def test_without_voices_there_are_no_chapters():
    assert chapters([], 10_000) == []


def test_what_is_silenced_is_nobodys_voice():
    voices = [("anna", 0, 10_000), ("ben", 12_000, 13_000)]
    assert without(voices, [(4000, 5000), (11_000, 14_000)]) == [("anna", 0, 4000), ("anna", 5000, 10_000)]
