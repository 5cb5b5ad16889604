"""One microphone's packets on their way to the mixer: sound, mending, levels, and the gate."""

import random

import numpy as np
import pytest

from rooms.relay.levels import SILENT
from rooms.relay.opus import FRAME_SAMPLES, SAMPLE_RATE, Decoder, Encoder
from tests.relay.road import TICK, Road, packet
from tests.support.ears import level, sine

ANA = 440
SECOND = round(1 / TICK)


@pytest.fixture(scope="module")
def payloads() -> list[bytes]:
    encoder = Encoder()
    return [encoder.encode(sine(ANA, frame)) for frame in range(4 * SECOND)]


@pytest.fixture(scope="module")
def melody() -> list[bytes]:
    """Two seconds of a tone that changes all the time, so that no moment of it follows from another."""
    chance, encoder = random.Random(1), Encoder()
    pitches = np.repeat([chance.uniform(150, 900) for _ in range(2 * SECOND)], FRAME_SAMPLES)
    samples = 0.4 * np.sin(2 * np.pi * np.cumsum(pitches) / SAMPLE_RATE)
    return [encoder.encode(frame) for frame in samples.reshape(-1, FRAME_SAMPLES)]


def stream(payloads, **options):
    return [packet(number, payload, **options) for number, payload in enumerate(payloads)]


def steepest(samples: np.ndarray) -> float:
    """The greatest step from one sample to the next: a click is one that the sound itself does not have."""
    return float(np.abs(np.diff(samples)).max())


SINE_STEP = steepest(sine(ANA, 0))


def test_a_shut_gate_gives_nothing_and_keeps_nothing(payloads):
    road = Road()
    road.send(stream(payloads))
    road.travel(0.5)
    road.uplink.set_open(False)
    road.travel(0.5)
    assert all(frame is None for frame in road.frames[SECOND // 2 :])
    road.uplink.set_open(True)
    assert road.uplink.take() is None
    assert road.uplink.due() == SILENT


def test_what_was_flushed_is_never_heard(payloads):
    road = Road()
    road.send(stream(payloads[:SECOND]))
    road.travel(0.5)
    road.uplink.flush()
    assert road.uplink.take() is None


def test_a_steady_stream_comes_out_as_it_went_in(melody):
    road = Road()
    road.send(stream(melody))
    road.travel(1.9)
    decoder = Decoder()
    straight = np.concatenate([decoder.decode(payload) for payload in melody])
    heard = road.sound(SECOND, SECOND + 10)
    lag = int(np.argmax(np.correlate(straight, heard, "valid")))
    assert np.abs(straight[lag : lag + len(heard)] - heard).max() < 1e-3


def test_garbage_is_silence_and_raises_nothing():
    road = Road()
    road.send(packet(number, b"\xff" * 50) for number in range(SECOND))
    road.travel(1)
    assert not road.sound().any()


def test_garbage_among_speech_is_a_lost_packet(payloads):
    road = Road()
    made = stream(payloads)
    made[60].payload = b"\xff" * 50
    road.send(made)
    road.travel(3)
    assert road.uplink.lost == 1


def test_fec_brings_back_what_was_lost(melody):
    """What is made up from the past is not like it, what FEC brings back is."""
    decoder = Decoder()
    straight = [decoder.decode(payload) for payload in melody]
    lost = 60
    likenesses = []
    for following in (True, False):
        road = Road()
        road.send(stream(melody), is_lost=lambda n, gone=(lost,) if following else (lost, lost + 1): n in gone)
        road.travel(1.9)
        whole, wanted = road.sound(), straight[lost]
        windows = np.lib.stride_tricks.sliding_window_view(whole, FRAME_SAMPLES)[lost * 960 : (lost + 8) * 960]
        norms = np.linalg.norm(windows, axis=1) * np.linalg.norm(wanted) + 1e-9
        likenesses.append(float((windows @ wanted / norms).max()))
        assert road.uplink.recovered == FRAME_SAMPLES
        assert road.uplink.concealed == (0 if following else FRAME_SAMPLES)
    recovered, made_up = likenesses
    assert recovered > 0.9 > made_up


def test_a_stream_without_fec_says_that_it_made_it_up(payloads):
    """Nothing in the packet behind: not counted as brought back."""
    celt = Encoder(bit_rate=128_000)
    road = Road()
    road.send(
        stream([celt.encode(sine(ANA, frame)) for frame in range(SECOND * 2)]), is_lost=lambda number: number == 60
    )
    road.travel(1.9)
    assert (road.uplink.concealed, road.uplink.recovered) == (FRAME_SAMPLES, 0)


def test_concealment_fades_and_ends_in_silence(payloads):
    road = Road()
    road.send(stream(payloads[:SECOND]))
    road.travel(2)
    ends = [number for number, frame in enumerate(road.frames) if frame is not None][-1]
    assert SECOND < ends <= SECOND + 9
    assert steepest(road.sound()) < 2 * SINE_STEP


def test_nothing_clicks_when_delay_grows_and_shrinks(payloads):
    road = Road()
    held = range(80, 88)
    road.send(stream(payloads), delay=lambda number: (held.stop - number) * TICK if number in held else 0.0)
    road.travel(3.9)
    assert max(road.delays[88:]) - road.delays[-1] > 0.06
    assert steepest(road.sound(20)) < 2 * SINE_STEP


def test_the_level_comes_from_the_packets_and_nothing_is_decoded_for_it(payloads):
    road = Road()
    road.send(stream(payloads, level=37))
    road.travel(1, wanted=lambda tick: False)
    assert road.uplink.due() == -37
    assert road.uplink.played == 0


def test_a_client_that_sends_no_levels_is_measured(payloads):
    road = Road()
    road.send(stream(payloads))
    road.travel(1)
    # RFC 6465 appendix A: a sine of amplitude 0.3 is 10.5 + 3 dB below the loudest square.
    assert road.uplink.due() == pytest.approx(-13.5, abs=1)
    assert road.uplink.due() == road.uplink.due(), "asking twice plays nothing"


def test_silence_has_no_level():
    encoder = Encoder()
    encoder.set_dtx(True)
    silent = [encoder.encode(np.zeros(FRAME_SAMPLES, np.float32)) for _ in range(SECOND)]
    road = Road()
    road.send(stream(silent, level=20))
    road.travel(0.9)
    assert road.uplink.due() == SILENT
    assert road.uplink.take() is None


def test_a_voice_wanted_again_starts_without_a_click(payloads):
    road = Road()
    road.send(stream(payloads, level=10))
    road.travel(3.8, wanted=lambda tick: tick < 40 or tick > 120)
    assert all(frame is None for frame in road.frames[40:121])
    assert all(frame is not None for frame in road.frames[121:190])
    # Cut off in the middle and faded in: the level is there from the second frame on.
    assert level(road.sound(122, 130), ANA) > -12
    assert steepest(road.sound(121)) < 2 * SINE_STEP
    assert road.uplink.played < 120 * FRAME_SAMPLES


def test_a_flood_is_bounded(payloads):
    road = Road()
    for number in range(5_000):
        road.uplink.receive(packet(number, payloads[0]), road.now)
    assert len(road.uplink._jitter) <= 64
