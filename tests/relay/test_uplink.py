"""One microphone's packets on their way to the mixer: order, loss, delay, and the gate."""

import numpy as np
import pytest
from aiortc.rtp import RtpPacket

from rooms.relay.opus import FRAME_SAMPLES, Encoder
from rooms.relay.uplink import CALM_TICKS, PACKETS_MAX, PREFETCH, Uplink
from tests.support.ears import level, sine


@pytest.fixture
def uplink() -> Uplink:
    uplink = Uplink()
    uplink.set_open(True)
    return uplink


@pytest.fixture
def packets() -> list[RtpPacket]:
    """Four seconds of a tone, its numbers passing through 65535."""
    encoder, made = Encoder(), []
    for frame in range(200):
        packet = RtpPacket(payload_type=96, sequence_number=(65500 + frame) & 0xFFFF, timestamp=frame * FRAME_SAMPLES)
        packet.payload = encoder.encode(sine(440, frame))
        made.append(packet)
    return made


def played(uplink: Uplink, ticks: int) -> np.ndarray:
    frames = [uplink.take() for _ in range(ticks)]
    return np.concatenate([frame for frame in frames if frame is not None] or [np.zeros(0)])


def test_a_shut_gate_gives_nothing_and_keeps_nothing(uplink, packets):
    for packet in packets[:4]:
        uplink.receive(packet)
    uplink.set_open(False)
    for packet in packets[4:8]:
        uplink.receive(packet)
    assert uplink.take() is None
    uplink.set_open(True)
    assert uplink.take() is None


def test_garbage_is_silence(uplink, packets):
    for packet in packets[:PREFETCH]:
        packet.payload = b"\xff" * 50
        uplink.receive(packet)
    assert not np.any(uplink.take())
    assert uplink.lost == 1


def test_a_steady_stream_comes_out_whole(uplink, packets):
    sound = []
    for packet in packets[:100]:
        uplink.receive(packet)
        sound.append(uplink.take())
    assert [frame is None for frame in sound[:3]] == [True, False, False]
    assert level(np.concatenate(sound[50:]), 440) > -12
    assert uplink.lost == uplink.dropped == 0


def test_packets_that_changed_places_are_put_in_order(uplink, packets):
    for first, second in zip(packets[0:40:2], packets[1:40:2], strict=True):
        uplink.receive(second)
        uplink.receive(first)
    assert uplink.lost == 0


def test_a_lost_packet_is_covered_and_costs_no_delay(uplink, packets):
    for number, packet in enumerate(packets[:60]):
        if number != 30:
            uplink.receive(packet)
        uplink.take()
    assert uplink.lost == 1
    assert len(uplink._packets) <= PREFETCH


def test_a_late_packet_is_dropped(uplink, packets):
    for packet in packets[1:6]:
        uplink.receive(packet)
    played(uplink, 2)
    uplink.receive(packets[0])
    assert uplink.dropped == 1


def test_a_flood_keeps_the_newest(uplink, packets):
    for packet in packets[:50]:
        uplink.receive(packet)
    assert len(uplink._packets) == PACKETS_MAX
    assert uplink.dropped == 50 - PACKETS_MAX
    assert len(played(uplink, 50)) == (PACKETS_MAX + 1) * FRAME_SAMPLES, "the last frame fades out"


def test_a_restarted_sender_is_heard(uplink, packets):
    for packet in packets[:10]:
        uplink.receive(packet)
    played(uplink, 5)
    for number, packet in enumerate(packets[10:20]):
        packet.sequence_number = 30_000 + number
        uplink.receive(packet)
    assert level(played(uplink, 10), 440) > -20


def test_needless_delay_is_shed(uplink, packets):
    for packet in packets[:8]:
        uplink.receive(packet)
    deepest = len(uplink._packets)
    supply = iter(packets[8:] * 5)
    for number in range(4 * CALM_TICKS):
        packet = next(supply)
        packet.sequence_number = (65508 + number) & 0xFFFF
        uplink.receive(packet)
        uplink.take()
    assert len(uplink._packets) < deepest


def test_packets_of_another_length_fill_the_same_ticks(uplink):
    """OBS and GStreamer may send 10 or 60 ms; here two frames of 20 ms in one packet (RFC 6716 section 3.2.3)."""
    encoder = Encoder()
    for number in range(20):
        first, second = encoder.encode(sine(440, 2 * number)), encoder.encode(sine(440, 2 * number + 1))
        packet = RtpPacket(payload_type=96, sequence_number=number, timestamp=number * 2 * FRAME_SAMPLES)
        # Code 2: the same configuration, two frames of different sizes, the first one's length in front.
        size = bytes([len(first) - 1]) if len(first) - 1 < 252 else b""
        packet.payload = bytes([first[0] & 0xFC | 2]) + size + first[1:] + second[1:]
        if number < 6:
            uplink.receive(packet)
    assert len(played(uplink, 20)) == 13 * FRAME_SAMPLES
    assert uplink.lost == 0
