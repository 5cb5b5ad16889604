"""Answers to NACKs: the same bytes once more, for a second, and never more than the stream itself."""

import struct
import time

import pytest
from aiortc.rtp import RTCP_RTPFB_NACK, RtcpPsfbPacket, RtcpReceiverInfo, RtcpRrPacket, RtcpRtpfbPacket
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.relay import feedback
from rooms.relay.fanout import Listener
from rooms.relay.feedback import MISSED_MAX, Reception
from rooms.relay.mixer import Media
from rooms.relay.opus import FRAME_SAMPLES
from tests.relay.wire import PROFILES, join
from tests.support.ears import eventually, tone


def number(datagram: bytes) -> int:
    return int.from_bytes(datagram[2:4], "big")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("ptime", [20, 60])
def test_what_is_sent_again_is_the_same_to_the_last_bit(fanout, browsers, ptime, profile):
    ana, lou = browsers(2, levels_id=3, profile=profile)
    # Both wraps, of the number and of the time, lie inside.
    listener = Listener(ana, ptime)
    listener.sequence, listener.time_offset = 65530, 2**32 - 20 * FRAME_SAMPLES
    fanout.add(listener)
    join(fanout, lou, ptime)
    for tick in range(45):
        own = Media(b"\x78own" + bytes([tick]), (8,), (20,))
        media = Media(b"\x78" + bytes(range(tick)), (7, 9), (tick, 127))
        fanout.send(media, {listener: own} if tick % 4 else {}, tick * FRAME_SAMPLES)
    sent = {number(datagram): datagram for datagram in ana.datagrams()}
    for sequence in sorted(sent):
        listener.credit = 1
        assert fanout.resend(listener, [sequence]) == 1
        assert ana.datagrams() == [sent[sequence]]
    assert lou.packets() and len(sent) >= 45 * 20 // ptime
    # The stream goes on where it was.
    for tick in range(45, 48):
        fanout.send(Media(b"\x78on"), {}, tick * FRAME_SAMPLES)
    assert number(ana.datagrams()[0]) == (65530 + len(sent) + 1) & 0xFFFF


def test_nothing_else_is_sent_again(fanout, browsers):
    lou, late = browsers(2)
    listener = join(fanout, lou)
    for tick in range(100):
        fanout.send(Media(b"\x78early"), {}, tick * FRAME_SAMPLES)
    newcomer = join(fanout, late)
    for tick in range(100, 110):
        fanout.send(Media(b"\x78late"), {}, tick * FRAME_SAMPLES)
    numbers = [number(datagram) for datagram in lou.datagrams()]
    for sequence in (numbers[-1] + 1 & 0xFFFF, numbers[0] - 1 & 0xFFFF, *numbers[:60]):
        listener.credit = 1
        assert fanout.resend(listener, [sequence]) == 0
    first = number(late.datagrams()[0])
    # What was said before somebody came is not theirs to ask for.
    assert fanout.resend(newcomer, [first - 1 & 0xFFFF, first - 20 & 0xFFFF]) == 0
    assert fanout.resend(newcomer, [first]) == 1
    # After a long pause the old packets are of no use.
    fanout.send(Media(b"\x78again"), {}, 1000 * FRAME_SAMPLES)
    listener.credit = 1
    assert fanout.resend(listener, [numbers[-1]]) == 0


@pytest.mark.parametrize("ptime", [20, 60])
def test_no_stream_is_more_than_doubled(fanout, browsers, ptime):
    (eve,) = browsers()
    listener = join(fanout, eve, ptime)
    for tick in range(50):
        fanout.send(Media(b"\x78sound"), {}, tick * FRAME_SAMPLES)
    numbers = [number(datagram) for datagram in eve.datagrams()]
    wanted = numbers[-1:] * 10_000
    began = listener.credited_at
    sent = fanout.resend(listener, wanted) + fanout.resend(listener, wanted)
    assert 1000 // ptime <= sent <= 1000 / ptime * (1 + listener.credited_at - max(began, listener.credited_at - 1))
    assert len(eve.datagrams()) == sent


def test_asking_for_what_is_not_there_counts_as_well(fanout, browsers):
    """Each costs a search."""
    (eve,) = browsers()
    listener = join(fanout, eve)
    fanout.send(Media(b"\x78sound"), {}, 0)
    last = number(eve.datagrams()[0])
    asked = iter([last + 1 & 0xFFFF] * 10_000)
    began = time.monotonic()
    assert fanout.resend(listener, asked) == 0
    assert 10_000 - len(list(asked)) <= 52 + 50 * (time.monotonic() - began)


async def test_a_browsers_nack_is_answered(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(440))
    lou = await stage.listen("lou")
    downlink, dtls, lost = stage.room.downlinks["lou"], lou.connection.getReceivers()[0].transport, set()
    receive = dtls.transport._recv

    async def receive_some() -> bytes:
        """Loses the first copy of every fifth packet."""
        while True:
            datagram = await receive()
            if datagram[0] >> 6 != 2 or datagram[1] != downlink.peer.payload_type or number(datagram) % 5:
                return datagram
            if number(datagram) in lost:
                return datagram
            lost.add(number(datagram))

    dtls.transport._recv = receive_some
    await eventually(lambda: len(lost) >= 3)
    missed = sorted(lost)[-3:]
    report = bytes(RtcpRrPacket(ssrc=1, reports=[RtcpReceiverInfo(downlink.peer.ssrc, 64, 0, 0, 480, 0, 0)]))
    await dtls._send_rtp(report + bytes(RtcpRtpfbPacket(RTCP_RTPFB_NACK, 1, downlink.peer.ssrc, missed)))
    await eventually(lambda: set(missed) <= {packet.sequence_number for packet in lou.packets})
    assert downlink.resent == 3 and downlink.reception == Reception(lost=0.25, jitter=0.01)
    # Another stream's NACK is nobody's here.
    await dtls._send_rtp(report + bytes(RtcpRtpfbPacket(RTCP_RTPFB_NACK, 1, 77, missed)))
    await lou.frames(10)
    assert downlink.resent == 3


def nack(ssrc: int, *entries: tuple[int, int]) -> bytes:
    body = struct.pack("!II", 1, ssrc) + b"".join(struct.pack("!HH", *entry) for entry in entries)
    return struct.pack("!BBH", 0x81, 205, len(body) // 4) + body


def test_feedback_is_read():
    assert feedback.parse(nack(5, (65534, 0b101)), 5) == (None, [65534, 65535, 1])
    assert feedback.parse(nack(5, (1, 0), (9, 0)) + nack(6, (3, 0)), 5) == (None, [1, 9])
    blocks = [RtcpReceiverInfo(ssrc, 128, 3, 0, 4800, 0, 0) for ssrc in (4, 5)]
    compound = bytes(RtcpRrPacket(ssrc=1, reports=blocks)) + bytes(RtcpPsfbPacket(fmt=1, ssrc=1, media_ssrc=5))
    assert feedback.parse(compound + nack(5, (7, 0)), 5) == (Reception(0.5, 0.1), [7])
    assert feedback.parse(compound, 6) == (None, [])


def test_a_greedy_nack_is_cut_short():
    _, missed = feedback.parse(nack(5, *[(each, 0xFFFF) for each in range(400)]), 5)
    assert len(missed) == MISSED_MAX


@given(st.binary(max_size=300), st.sampled_from([200, 201, 205]), st.integers(0, 31), st.integers(0, 80))
@settings(max_examples=500, deadline=None, derandomize=True, database=None)
def test_no_bytes_make_it_raise(body, kind, count, words):
    for compound in (body, struct.pack("!BBH", 0x80 | count, kind, words) + body):
        reception, missed = feedback.parse(compound, 5)
        assert reception is None or 0 <= reception.lost < 1
        assert len(missed) <= MISSED_MAX
