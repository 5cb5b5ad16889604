"""Segments that are torn, broken, gone or hostile cost what was in them, and no more."""

from pathlib import Path

import numpy as np
import pytest

from recordings.mixdown import speech
from recordings.mixdown.stream import Count, Stream
from recordings.mixdown.track import unpacked
from tests.recordings.mixdown.studio import RATE, part, strength, tone, us
from tests.support import segments, sound


@pytest.fixture
def made(studio) -> list[dict]:
    """Three segments of four seconds."""
    return studio.says("anna", 0, tone(440, 12))


def whole(samples: np.ndarray, since: float, until: float) -> bool:
    return strength(part(samples, since + 0.1, until - 0.1), 440) > -21


def test_a_missing_segment_is_counted_and_silent(studio, made):
    Path(made[1]["path"]).unlink()
    result, samples = studio.summed()
    assert result["segments"] == {"mixed": 2, "damaged": 0, "missing": 1}
    assert whole(samples, 0, 3.9) and whole(samples, 8.1, 11.9)
    assert sound.dbfs(part(samples, 4.1, 7.9)) < -80


def test_of_a_torn_segment_what_is_whole_is_heard(studio, made):
    path = Path(made[1]["path"])
    path.write_bytes(path.read_bytes()[:-2000])
    result, samples = studio.summed()
    assert result["segments"] == {"mixed": 3, "damaged": 1, "missing": 0}
    assert whole(samples, 0, 6.9) and whole(samples, 8.1, 11.9)
    assert sound.dbfs(part(samples, 7.1, 7.9)) < -80


@pytest.mark.parametrize("content", [b"", b"OggS", bytes(5000), b"<html>" * 100, b"OggS" * 1000])
def test_what_is_no_ogg_is_damaged(studio, made, content):
    Path(made[1]["path"]).write_bytes(content)
    result, samples = studio.summed()
    assert result["segments"] == {"mixed": 2, "damaged": 1, "missing": 0}
    assert whole(samples, 0, 3.9) and whole(samples, 8.1, 11.9)


def test_every_flipped_bit_is_noticed(tmp_path):
    made = segments.write(tmp_path, 0, segments.encoded(tone(440, 2)))
    content, chance = Path(made["path"]).read_bytes(), np.random.default_rng(3)
    for at in chance.integers(0, len(content), 200):
        assert not unpacked(content[:at] + bytes([content[at] ^ 1 << int(chance.integers(8))]) + content[at + 1 :])[1]


def test_packets_longer_than_a_page_part_are_joined(tmp_path):
    long = [bytes([0x78]) + bytes(size) for size in (254, 255, 509, 510, 1000)]
    made = segments.write(tmp_path, 0, long)
    assert unpacked(Path(made["path"]).read_bytes()) == (long, True)


def test_random_packets_are_survived(studio):
    """They come from whoever spoke, untouched."""
    chance = np.random.default_rng(5)
    hostile = [chance.bytes(int(chance.integers(1, 200))) for _ in range(600)]
    studio.has("mallory", [segments.write(studio.segments, us(0), hostile[:200], 960)])
    studio.has("mallory", [segments.write(studio.segments, us(30), hostile[200:], 960)])
    studio.says("anna", 0, tone(440, 12))
    result, samples = studio.summed()
    assert np.isfinite(samples).all() and result["segments"]["mixed"] == 5


def test_a_segment_that_claims_to_be_an_hour_long_costs_no_memory(studio, made):
    for segment in made[1:2]:
        segment["samples"] = 3600 * RATE
    result, _ = studio.summed()
    assert result["segments"]["damaged"] == 1
    # 120 ms each, in a row that says four seconds.
    packets = [bytes([0x1B | 0x60, 6])] * 2000
    made = segments.write(studio.segments, us(20), packets, 960) | {"samples": 192_000}
    studio.has("mallory", [made])
    result, _ = studio.summed()
    assert result["segments"]["mixed"] == 3


def test_a_lost_packet_is_mended_from_the_one_after_it():
    packets = segments.encoded(sound.babble(2, 4))
    plain = sound.decoded_opus(packets)
    for lost in range(30, 190, 16):
        packets[lost] = packets[lost][:1]
    mended = Stream(Count()).decode(packets)
    assert sound.dbfs(mended - plain) < sound.dbfs(plain) - 6
    assert np.isfinite(mended).all()


def test_a_quiet_room_is_not_decoded_and_a_voice_in_it_is_heard_whole():
    chance = np.random.default_rng(1)
    room = (chance.standard_normal(40 * RATE) * 10 ** (-60 / 20)).astype(np.float32)
    spoken = sound.babble(9, 4)
    room[20 * RATE : 24 * RATE] += spoken
    count = Count()
    stream, heard = Stream(count), []
    packets = segments.encoded(room)
    for start in range(0, len(packets), 200):
        heard.append(stream.decode(packets[start : start + 200], packets[start + 200 :]))
    heard = np.concatenate(heard)
    assert count.decoded < 0.4 * count.all
    said = heard[20 * RATE + 312 : 24 * RATE + 312]
    plain = sound.decoded_opus(packets)[20 * RATE + 312 :][: len(said)]
    assert sound.dbfs(said - plain) < sound.dbfs(plain) - 30
    assert not part(heard, 5, 15).any()


def test_a_held_tone_is_no_voice_and_is_heard(tmp_path):
    packets = segments.encoded(tone(700, 8, -30))
    assert np.mean([speech.may_be_voice(packet) for packet in packets]) < 0.9
    heard = Stream(Count()).decode(packets)
    assert -31 < sound.dbfs(heard[RATE:]) < -29


def test_a_pause_without_packets_is_silent():
    """Discontinuous transmission, and holes that were filled: one byte each."""
    packets = segments.encoded(sound.babble(2, 2))
    heard = Stream(Count()).decode([*packets, *[packets[-1][:1]] * 100, *packets])
    assert len(heard) == 300 * 960
    assert not part(heard, 2.2, 3.5).any()
