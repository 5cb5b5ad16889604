"""Senders who mean harm, or do not know better: their packets become no more files than time has room for."""

import itertools
import random
from pathlib import Path

import pytest

from rooms.relay.opus import FRAME_SAMPLES, SAMPLE_RATE
from tests.relay.road import TICK, packet
from tests.relay.tape import BEGAN_US, Tape, whole_packets
from tests.relay.test_track import beeps, stream


@pytest.fixture
def tape(tmp_path) -> Tape:
    return Tape(tmp_path)


def test_sources_that_take_turns_make_no_more_files_than_time_has_room_for(tape):
    sent = stream(beeps(10))
    for number, each in enumerate(sent):
        each.ssrc = number % 2
    tape.send(sent, every=TICK / 5)
    tape.travel(6)
    assert len(tape.segments) <= 2
    assert sum(segment.samples for segment in tape.segments) <= 4 * SAMPLE_RATE


def test_timestamps_that_run_ahead_make_no_more_sound_than_time_has_room_for(tape):
    payloads = beeps(10)
    sent = [packet(number, payload, samples=40 * FRAME_SAMPLES) for number, payload in enumerate(payloads)]
    tape.send(sent)
    tape.travel(13)
    assert sum(segment.samples for segment in tape.segments) <= 17 * SAMPLE_RATE
    assert tape.segments[0].started_us >= BEGAN_US - 2_000_000


def test_timestamps_that_lag_behind_are_not_stretched(tape):
    sent = [packet(number, payload, samples=FRAME_SAMPLES // 2) for number, payload in enumerate(beeps(10))]
    tape.send(sent, every=TICK / 2)
    tape.travel(8)
    assert sum(segment.samples for segment in tape.segments) <= 5.1 * SAMPLE_RATE


def test_random_packets_break_nothing(tmp_path):
    chance = random.Random(4)
    tape = Tape(tmp_path)
    payloads = beeps(2)
    for number in range(1500):
        each = packet(number, chance.choice(payloads) if chance.random() < 0.7 else chance.randbytes(20))
        if chance.random() < 0.1:
            each.sequence_number = chance.getrandbits(16)
        if chance.random() < 0.1:
            each.timestamp = chance.getrandbits(32)
        each.ssrc = 1 if chance.random() < 0.02 else 0
        tape.send([each], start=number * TICK / 4)
    tape.travel(12)
    assert tape.segments and not list(Path(tmp_path).rglob("*.part"))
    for segment in tape.segments:
        whole_packets(segment)
        assert BEGAN_US - 1_000_000 <= segment.started_us <= BEGAN_US + 20_000_000
    for before, after in itertools.pairwise(tape.segments):
        assert before.ended_us <= after.started_us
