"""What a network does to a microphone's packets, in simulated time: how much is made up, and how long it waits."""

import random
from pathlib import Path

import av
import numpy as np
import pytest

from rooms.demo.whip import opus_packets
from rooms.relay.jitter import JitterBuffer, Packet
from rooms.relay.opus import FRAME_SAMPLES, SAMPLE_RATE, Decoder, Encoder
from tests.relay.road import TICK, Road, at_random, bursts, jitter, packet
from tests.support.ears import level, sine

ANA = 440
SPEECH = sorted(Path(__file__).parents[2].glob("rooms/demo/speech/*.opus"))
SECOND = round(1 / TICK)


@pytest.fixture(scope="module")
def payloads() -> list[bytes]:
    """Speech, most packets with the one before them as FEC."""
    decoder, encoder = Decoder(), Encoder()
    spoken = [packet for path in SPEECH for packet in opus_packets(path)]
    return [encoder.encode(decoder.decode(packet)) for packet in spoken[: 20 * SECOND]]


def stream(payloads, **options):
    return [packet(number, payload, **options) for number, payload in enumerate(payloads)]


def test_a_steady_stream_waits_for_one_tick_and_no_more(payloads):
    road = Road()
    road.send(stream(payloads))
    road.travel(19)
    assert road.uplink.concealed == road.uplink.lost == road.uplink.late == road.uplink.discarded == 0
    assert max(road.delays[2 * SECOND :]) <= 0.041


def test_numbers_wrap_and_nobody_hears_it():
    encoder, road = Encoder(), Road()
    road.send(packet(number, encoder.encode(sine(ANA, number))) for number in range(2 * SECOND))
    road.travel(1.9)
    assert level(road.sound(SECOND // 5), ANA) > -12
    assert road.uplink.lost == road.uplink.concealed == 0


@pytest.mark.parametrize("share, most", [(0.05, 0.02), (0.10, 0.05), (0.20, 0.12), (0.30, 0.20)])
def test_random_loss_is_mended_by_fec(payloads, share, most):
    road = Road()
    road.send(stream(payloads), delay=jitter(2), is_lost=at_random(3, share))
    road.travel(19)
    assert road.concealed <= most
    assert road.uplink.recovered > 0.6 * (share - share * share) * road.uplink.played
    assert max(road.delays[5 * SECOND :]) <= 0.1


@pytest.mark.parametrize("share, most", [(0.05, 0.03), (0.10, 0.05), (0.20, 0.12), (0.30, 0.20)])
@pytest.mark.parametrize("lose", [at_random, bursts])
def test_loss_is_mended_by_asking_again(payloads, lose, share, most):
    """Of rows beyond six packets, 200 ms are too short to mend the first; the first row after a calm comes unasked."""
    road = Road(round_trip=0.06)
    road.send(stream(payloads), delay=jitter(2), is_lost=lose(4, share))
    road.travel(19)
    assert road.concealed <= most
    assert max(road.delays) <= 0.25


def test_jitter_alone_costs_delay_and_nothing_else(payloads):
    road = Road()
    road.send(stream(payloads), delay=jitter(5))
    road.travel(19)
    assert road.concealed <= 0.005
    assert np.percentile(road.delays[2 * SECOND :], 95) <= 0.065


def test_after_a_burst_the_delay_is_back_within_three_seconds(payloads):
    """Five packets lost, and what was on the way with them held up for 150 ms."""
    road = Road(round_trip=0.08)
    held = range(5 * SECOND + 5, 5 * SECOND + 13)
    road.send(
        stream(payloads),
        delay=lambda number: (held.stop - number) * TICK if number in held else 0.0,
        is_lost=lambda number: held.start - 5 <= number < held.start,
    )
    road.travel(12)
    end = held.stop + 1
    assert max(road.delays[held.start : end + SECOND]) > 0.08
    assert max(road.delays[end + 3 * SECOND :]) <= 0.06


def test_what_came_too_late_in_a_row_is_played_late_and_not_thrown_away(payloads):
    road = Road()
    held = range(5 * SECOND, 5 * SECOND + 6)
    road.send(stream(payloads), delay=lambda number: (held.stop - number) * TICK if number in held else 0.0)
    road.travel(10)
    assert road.uplink.late == road.uplink.lost == road.uplink.discarded == 0
    assert 0 < road.uplink.concealed <= 6 * FRAME_SAMPLES


def test_loss_that_ends_takes_its_delay_along(payloads):
    road = Road(round_trip=0.1)
    chance = bursts(6, 0.3)
    road.send(stream(payloads), is_lost=lambda number: number < 8 * SECOND and chance(number))
    road.travel(19)
    assert max(road.delays[4 * SECOND : 8 * SECOND]) > 0.1
    assert max(road.delays[14 * SECOND :]) <= 0.06


@pytest.mark.parametrize("skew", [-200e-6, 200e-6])
def test_a_clock_that_runs_away_is_followed(skew):
    """Four minutes: 48 ms and no more, whatever direction."""
    encoder, road = Encoder(), Road()
    payload = [encoder.encode(sine(ANA, number)) for number in range(SECOND)]
    number = 240 * SECOND
    road.send((packet(each, payload[each % SECOND]) for each in range(number)), every=TICK * (1 + skew))
    road.travel(239)
    assert max(road.delays[SECOND:]) <= 0.06
    assert min(road.delays[SECOND:]) >= 0.015
    assert road.uplink.concealed <= 5 * FRAME_SAMPLES
    assert road.uplink.discarded == road.uplink.late == 0


def dtx(number: int, first: int, last: int) -> bytes | None:
    """While silent, a sender sends a frame without sound every 400 ms and nothing between."""
    return None if not first < number < last else (b"\x78" if (number - first) % 20 == 1 else b"")


@pytest.mark.parametrize("says_so", [True, False])
def test_a_pause_is_silence_and_not_loss(payloads, says_so):
    road = Road()
    sequence, packets, times = 0, [], []
    for number, payload in enumerate(payloads[: 6 * SECOND]):
        instead = dtx(number, 2 * SECOND, 4 * SECOND)
        if instead == b"" or (instead and not says_so):
            continue
        made = packet(number, instead or payload)
        made.sequence_number = sequence & 0xFFFF
        sequence += 1
        packets.append(made)
        times.append(number * TICK)
    road.send(packets, every=0.0, delay=lambda n: times[n])
    road.travel(5.9)
    assert road.uplink.concealed == road.uplink.lost == road.uplink.late == 0
    assert not road.sound(2 * SECOND + 12, 4 * SECOND - 2).any()
    assert road.sound(4 * SECOND + 5, 5 * SECOND).any()
    assert max(road.delays[SECOND:]) <= 0.06


def test_a_sender_that_stops_and_goes_on_where_it_was_is_heard_at_once(payloads):
    road = Road()
    packets = stream(payloads[: 6 * SECOND])
    road.send(packets[: 2 * SECOND])
    road.send(packets[2 * SECOND :], start=3.5)
    road.travel(7)
    assert not road.sound(2 * SECOND + 12, 3 * SECOND).any()
    assert all(frame is not None for frame in road.frames[round(3.5 / TICK) + 5 : 6 * SECOND])


@pytest.mark.parametrize("numbers, time", [(1_000, 0), (-1_000, 0), (0, 480_000), (0, -480_000), (30_000, 2**31)])
def test_a_sender_that_begins_anew_is_heard_at_once(payloads, numbers, time):
    road = Road()
    for number, each in enumerate(packets := stream(payloads[: 4 * SECOND])):
        if number >= 2 * SECOND:
            each.sequence_number = (each.sequence_number + numbers) & 0xFFFF
            each.timestamp = (each.timestamp + time) & 0xFFFFFFFF
    road.send(packets)
    road.travel(3.9)
    assert all(frame is not None for frame in road.frames[2 * SECOND + 6 : 3 * SECOND])
    assert road.delays[-1] <= 0.06


def test_the_one_before_a_stream_of_zero_is_kept_too():
    """Numbers below the first are below zero here."""
    jitter = JitterBuffer()
    for sequence, timestamp in ((0, FRAME_SAMPLES), (0xFFFF, 0)):
        assert jitter.put(Packet(*jitter.unwrap(sequence, timestamp), FRAME_SAMPLES, b"\x78sound", None), 1000.0)
    assert jitter.begin(1001.0) and jitter.pop(1001.0).sequence == -1


def test_packets_that_come_twice_are_heard_once(payloads):
    road = Road()
    packets = stream(payloads[: 4 * SECOND])
    road.send(packets)
    road.send(packets, start=0.005)
    road.send(packets, start=0.7)
    road.travel(3.9)
    assert road.uplink.concealed == road.uplink.lost == 0
    assert max(road.delays) <= 0.06
    assert road.uplink.played <= 4 * SAMPLE_RATE


def tones(milliseconds: int) -> list[bytes]:
    """Four seconds of a tone in packets of that length, as OBS or GStreamer may send them."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = SAMPLE_RATE, "mono", "flt"
    encoder.options = {"frame_duration": str(milliseconds), "application": "voip"}
    packets = []
    for frame in range(4 * SECOND):
        samples = av.AudioFrame.from_ndarray(sine(ANA, frame)[np.newaxis, :], "flt", "mono")
        samples.sample_rate, samples.pts = SAMPLE_RATE, frame * FRAME_SAMPLES
        packets += map(bytes, encoder.encode(samples))
    return packets


@pytest.mark.parametrize("milliseconds", [10, 20, 40, 60])
def test_packets_of_any_length_play_right(milliseconds):
    road = Road()
    packets = stream(tones(milliseconds), samples=milliseconds * SAMPLE_RATE // 1000)
    road.send(packets, every=milliseconds / 1000)
    road.travel(3.8)
    assert road.uplink.concealed == road.uplink.lost == road.uplink.late == 0
    assert level(road.sound(SECOND, 3 * SECOND), ANA) > -12
    assert max(road.delays[SECOND:]) <= 0.1


def test_chaos_never_raises_and_never_grows():
    """Anything at any time: sizes, numbers, timestamps, levels."""
    chance, road = random.Random(11), Road(round_trip=0.05)
    for _ in range(20_000):
        made = packet(0, chance.randbytes(chance.choice([0, 1, 2, 3, 20, 80])), level=chance.choice([None, 0, 127]))
        made.sequence_number, made.timestamp = chance.getrandbits(16), chance.getrandbits(32)
        if chance.random() < 0.9:
            made.sequence_number = made.sequence_number % 80
            made.timestamp = made.sequence_number * FRAME_SAMPLES + chance.choice([0, 1, -3, 700])
            made.timestamp &= 0xFFFFFFFF
        road.now += 0.001
        road.uplink.receive(made, road.now)
        road.uplink.missing(road.now)
        if chance.random() < 0.1:
            road.uplink.due()
            frame = road.uplink.take(chance.random() < 0.8)
            assert frame is None or (len(frame) == FRAME_SAMPLES and np.isfinite(frame).all())
        assert len(road.uplink._jitter) <= 64
        assert len(road.uplink._playout._samples) <= SAMPLE_RATE


def test_a_sender_that_ran_ahead_is_heard_again_at_once():
    """Packets of half a minute within a second, as from a program that was held up and hurries after its clock."""
    encoder, road = Encoder(), Road()
    packets = [packet(number, encoder.encode(sine(ANA, number))) for number in range(35 * SECOND)]
    road.send(packets[:SECOND])
    road.send(packets[SECOND : 31 * SECOND], every=TICK / 30, start=1.0)
    road.send(packets[31 * SECOND :], start=2.0)
    road.travel(5)
    assert level(road.sound(3 * SECOND, 4 * SECOND), ANA) > -14
    assert max(road.delays[4 * SECOND :]) <= 0.06
