"""What one microphone leaves in segments: only what passed the gate, whole, each sound at its time."""

import itertools

import numpy as np
import pytest

from rooms.relay.opus import FRAME_SAMPLES, SAMPLE_RATE, Encoder
from rooms.relay.segments import SEGMENT_SAMPLES
from tests.relay.road import TICK, at_random, bursts, jitter, packet
from tests.relay.tape import BEGAN_US, Tape, onsets, whole_packets
from tests.support.ears import level, sine
from tests.support.sound import babble, correlation, read_opus

ANA = 440
SECOND = round(1 / TICK)
# What an encoder is late by (RFC 7845 section 4.2), and the first millisecond of a sine, which is no onset yet.
LOOKAHEAD = 0.0065
EXACT = 0.02


@pytest.fixture
def tape(tmp_path) -> Tape:
    return Tape(tmp_path)


def beeps(seconds: float, after: int = 0) -> list[bytes]:
    """0.2 s of a tone in every second, `after` so many packets of it, and quiet between."""
    encoder, quiet = Encoder(), np.zeros(FRAME_SAMPLES, np.float32)
    frames = range(round(seconds * SECOND))
    return [encoder.encode(sine(ANA, frame) if 0 <= frame % SECOND - after < 10 else quiet) for frame in frames]


def stream(payloads, first: int = 0, **options):
    return [packet(first + number, payload, **options) for number, payload in enumerate(payloads)]


def is_on_time(tape: Tape, seconds: float, expected, delay: float = 0.0) -> bool:
    """Every beep that is heard begins at one of the `expected` seconds, and none of these is silent."""
    heard = [begin - LOOKAHEAD - delay for begin in onsets(tape.heard(seconds))]
    return len(heard) == len(expected) and all(abs(a - b) < EXACT for a, b in zip(heard, expected, strict=True))


def packets_of(tape: Tape) -> list[bytes]:
    return [payload for segment in tape.segments for payload in whole_packets(segment)]


# --- Nothing that should not be there ---


def test_what_is_not_tapped_leaves_nothing(tmp_path):
    tape = Tape(tmp_path)
    tape.uplink.tap(None)
    tape.send(stream(beeps(3)))
    tape.travel(6)
    assert tape.segments == [] and not list(tmp_path.rglob("*.*"))


def test_a_muted_microphone_leaves_not_one_byte(tape, tmp_path):
    tape.mute()
    tape.send(stream(beeps(3)))
    tape.travel(6)
    assert not list(tmp_path.rglob("*.*"))


def test_what_is_said_while_muted_is_in_no_file(tape):
    open_sound, secret = ([Encoder().encode(sine(f, n)) for n in range(SECOND)] for f in (ANA, 1320))
    tape.send(stream(open_sound + secret + open_sound))
    tape.travel(1)
    tape.mute()
    tape.travel(1)
    tape.open()
    tape.travel(4)
    sound = tape.heard(3)
    assert level(sound[: SAMPLE_RATE * 9 // 10], ANA) > -20 and level(sound[2 * SAMPLE_RATE :], ANA) > -20
    assert level(sound[SAMPLE_RATE : 2 * SAMPLE_RATE], 1320) == -120
    assert not set(packets_of(tape)) & set(secret)


def test_a_mute_finishes_the_file_at_once(tape, tmp_path):
    tape.send(stream(beeps(3)))
    tape.travel(1)
    assert not tape.segments and list(tmp_path.rglob("*.part"))
    tape.mute()
    assert [segment.samples for segment in tape.segments] == [SAMPLE_RATE]
    assert not list(tmp_path.rglob("*.part"))


def test_packets_that_come_after_the_mute_are_not_written(tape):
    tape.send(stream(beeps(2)), delay=lambda number: 0.3)
    tape.travel(1)
    tape.mute()
    tape.travel(3)
    assert sum(segment.samples for segment in tape.segments) == pytest.approx(0.7 * SAMPLE_RATE, abs=FRAME_SAMPLES)


def test_what_is_no_opus_is_as_good_as_lost(tape, tmp_path):
    payloads = beeps(2)
    # A packet of two frames of equal length has an even number of bytes left; this one has not.
    payloads[30:40] = [bytes((payloads[0][0] & ~3 | 1, 1, 2))[:2]] * 10
    tape.send(stream(payloads))
    tape.travel(5)
    (segment,) = tape.segments
    assert payloads[30] not in whole_packets(segment)
    assert len(read_opus(segment.path)) == 2 * SAMPLE_RATE


# --- What is said is there ---


def test_every_packet_is_there_once_and_as_it_came(tape):
    payloads = beeps(9)
    tape.send(stream(payloads))
    tape.travel(12)
    assert [segment.samples for segment in tape.segments] == [SEGMENT_SAMPLES, SEGMENT_SAMPLES, SAMPLE_RATE]
    assert packets_of(tape) == payloads
    for before, after in itertools.pairwise(tape.segments):
        assert before.ended_us == after.started_us
    for segment in tape.segments:
        assert len(read_opus(segment.path)) == segment.samples


def test_packets_that_changed_places_or_came_twice_or_late_are_in_order_and_once(tape):
    payloads = beeps(6)
    sent = stream(payloads)
    tape.send(sent, delay=jitter(3))
    tape.send(sent[::7], every=7 * TICK, start=0.05)
    # Asked for again, and come 0.3 s after the others.
    again = sent[20:25]
    tape.send(again, start=20 * TICK + 0.3)
    tape.travel(9)
    assert packets_of(tape) == payloads


def test_nobody_listens_and_it_is_captured_all_the_same(tape):
    payloads = beeps(2)
    tape.send(stream(payloads))
    for _ in range(4 * SECOND):
        tape.travel(TICK)
        tape.uplink.flush()
    assert packets_of(tape) == payloads


# --- Time ---


def test_beeps_are_on_time_over_numbers_that_wrap(tape):
    tape.send(stream(beeps(13)))
    tape.travel(16)
    assert is_on_time(tape, 14, range(13))
    assert tape.segments[0].started_us == BEGAN_US


def test_a_network_that_jitters_moves_nothing(tape):
    tape.send(stream(beeps(21)), delay=jitter(5))
    tape.travel(24)
    # The fastest packets take 20 ms.
    assert is_on_time(tape, 22, range(21), delay=0.02)
    for before, after in itertools.pairwise(tape.segments):
        assert before.ended_us == after.started_us, "neither a hole nor an overlap"


def test_a_mute_moves_nothing(tape):
    tape.send(stream(beeps(20)))
    for second in range(20):
        tape.travel(0.5)
        tape.mute()
        tape.travel(0.3)
        if second % 3 != 1:
            tape.open()
        tape.travel(0.2)
    assert is_on_time(tape, 20, [second for second in range(20) if second % 3 != 2])


@pytest.mark.parametrize("lossy", [at_random(1, 0.1), bursts(2, 0.2), bursts(3, 0.1, length=8)])
def test_loss_moves_nothing(tape, lossy):
    source = babble(1, 20)
    encoder = Encoder()
    payloads = [encoder.encode(frame) for frame in source.reshape(-1, FRAME_SAMPLES)]
    tape.send(stream(payloads), is_lost=lossy, delay=jitter(2))
    tape.travel(23)
    sound = tape.heard(20)
    for second in range(2, 19, 3):
        piece = sound[second * SAMPLE_RATE : (second + 1) * SAMPLE_RATE]
        likeness, where = correlation(piece, source)
        if likeness > 0.6:
            assert abs(where / SAMPLE_RATE + 0.02 + LOOKAHEAD - second) < EXACT
    assert correlation(sound[5 * SAMPLE_RATE : 8 * SAMPLE_RATE], source)[0] > 0.6


def test_pauses_in_which_nothing_is_sent_move_nothing(tape):
    """Discontinuous transmission: in silence one packet in 400 ms (RFC 7587 section 3.1.3)."""
    sent = [each for number, each in enumerate(stream(beeps(20))) if number % SECOND < 15 or number % 20 == 0]
    for each in range(len(sent)):
        # No number is missing.
        sent[each].sequence_number = each & 0xFFFF
    at = [((each.timestamp - sent[0].timestamp) & 0xFFFFFFFF) / SAMPLE_RATE for each in sent]
    for when, each in zip(at, sent, strict=True):
        tape.send([each], start=when)
    tape.travel(23)
    assert is_on_time(tape, 21, range(20))
    assert {segment.samples for segment in tape.segments[:-1]} == {SEGMENT_SAMPLES}, "silence is filled"


def test_a_long_hole_ends_the_segment_and_moves_nothing(tape):
    tape.send(stream(beeps(10)), is_lost=lambda number: 2.5 * SECOND <= number < 5.5 * SECOND)
    tape.travel(13)
    assert is_on_time(tape, 11, [0, 1, 2, 6, 7, 8, 9])
    assert [segment.started_us for segment in tape.segments] == [BEGAN_US, BEGAN_US + 5_500_000, BEGAN_US + 9_500_000]


@pytest.mark.parametrize("again", ["same source", "new source"])
def test_a_sender_that_begins_anew_goes_on_in_time(tape, again):
    first, second = stream(beeps(5)), stream(beeps(5), first=30_000)
    for each in second:
        each.ssrc = 1 if again == "new source" else 0
    tape.send(first)
    tape.send(second, start=5.0)
    tape.travel(13)
    assert is_on_time(tape, 11, range(10))
    assert sum(segment.samples for segment in tape.segments) == 10 * SAMPLE_RATE


@pytest.mark.parametrize("pace", [1.0003, 0.9997])
def test_a_senders_clock_that_goes_wrong_does_not_add_up(tape, pace):
    """300 parts per million, three times the worst: 36 ms in two minutes."""
    payloads = beeps(120, after=25)
    tape.send(stream(payloads), every=TICK * pace)
    tape.travel(124)
    heard = onsets(tape.heard(122))
    assert len(heard) == 120
    for number, begin in enumerate(heard):
        assert abs(begin - LOOKAHEAD - (number + 0.5) * pace) < EXACT
    found = packets_of(tape)
    assert len(payloads) - len(found) <= 4, "hardly anything is left out"
    for before, after in itertools.pairwise(tape.segments):
        assert 0 <= after.started_us - before.ended_us < 25_000


def test_congestion_for_some_seconds_moves_nothing(tape):
    """Even the fastest packets take 150 ms more for six seconds."""
    tape.send(stream(beeps(20)), delay=lambda number: 0.15 if 5 * SECOND <= number < 11 * SECOND else 0.0)
    tape.travel(23)
    assert is_on_time(tape, 21, range(20))
    assert sum(segment.samples for segment in tape.segments) == 20 * SAMPLE_RATE


def test_packets_that_wait_at_the_beginning_are_not_lost(tape):
    """The network wakes up: the first 0.6 s come late, and the voice is put right bit by bit."""
    tape.send(stream(beeps(30)), delay=lambda number: 0.1 if number < 30 else 0.0)
    tape.travel(33)
    heard = [begin - LOOKAHEAD for begin in onsets(tape.heard(31))]
    assert len(heard) == 30 and abs(heard[-1] - 29) < EXACT
    assert len(packets_of(tape)) >= 30 * SECOND - 5


def test_when_the_machines_clock_is_set_later_segments_have_the_new_time(tape):
    tape.send(stream(beeps(10)))
    tape.travel(5)
    tape.clock_set = -3600.0
    tape.travel(8)
    before = [segment for segment in tape.segments if segment.started_us >= BEGAN_US]
    after = [segment for segment in tape.segments if segment.started_us < BEGAN_US]
    assert sum(segment.samples for segment in before) == pytest.approx(5 * SAMPLE_RATE, abs=SAMPLE_RATE)
    assert sum(segment.samples for segment in before + after) == 10 * SAMPLE_RATE
