"""The fan-out with nothing around it: real SRTP sessions, real sockets, and every byte on the wire looked at."""

import random

import pytest
from aiortc.rtp import HeaderExtensionsMap, RtcpSrPacket, RtpPacket
from pylibsrtp import Policy

from rooms.relay.fanout import Listener
from rooms.relay.mixer import Media
from rooms.relay.opus import FRAME_SAMPLES, packet_samples
from tests.relay.wire import PROFILES, has_ipv6, join, steps

SPEECH = Media(b"\x78speech", (7,), (30,))


@pytest.mark.parametrize("profile", PROFILES)
def test_everybody_gets_the_same_sound_with_numbers_of_their_own(fanout, browsers, profile):
    heard = browsers(20, profile=profile)
    for browser in heard:
        join(fanout, browser)
    frames = [Media(b"\x78" + bytes([number]) * 80, (1000, 1001)) for number in range(3)]
    for number, media in enumerate(frames):
        assert fanout.send(media, {}, number * FRAME_SAMPLES) == []
    for browser in heard:
        packets = browser.packets()
        assert [packet.payload for packet in packets] == [media.payload for media in frames]
        assert {(packet.ssrc, packet.payload_type, tuple(packet.csrc)) for packet in packets} == {
            (browser.ssrc, 111, (1000, 1001))
        }
        assert steps(packets) == [(1, FRAME_SAMPLES)] * 2
    assert len({browser.ssrc for browser in heard}) == 20


def test_numbers_and_times_wrap(fanout, browsers):
    (lou,) = browsers()
    listener = Listener(lou)
    listener.sequence, listener.time_offset = 65533, 2**32 - 3 * FRAME_SAMPLES
    fanout.add(listener)
    for clock in range(0, 10 * FRAME_SAMPLES, FRAME_SAMPLES):
        fanout.send(SPEECH, {}, clock)
    packets = lou.packets()
    assert [packet.sequence_number for packet in packets] == [65534, 65535, *range(8)]
    assert packets[3].timestamp == 0 and steps(packets) == [(1, FRAME_SAMPLES)] * 9


def test_voices_are_named_with_their_levels_where_that_was_agreed(fanout, browsers):
    (plain,), (with_levels,), (two_bytes,) = browsers(), browsers(levels_id=9), browsers(levels_id=200)
    for browser in (plain, with_levels, two_bytes):
        join(fanout, browser)
    media = Media(b"\x78sound", (1000, 1001, 1002), (12, 0, 127))
    for clock, each in enumerate([media, Media(b"\x78nobody")]):
        fanout.send(each, {}, clock * FRAME_SAMPLES)
    for browser in (plain, two_bytes):
        assert [packet.extensions.mid for packet in browser.packets()] == [None, None]
    first, second = (with_levels._inbound.unprotect(datagram) for datagram in with_levels.datagrams())
    assert first[0] == 0x80 | 0x10 | 3
    # RFC 8285 section 4.2: id 9, three octets, two words in all; RFC 6465 section 3: a level per CSRC.
    assert first[24:] == b"\xbe\xde\0\x01" + bytes([0x92, 12, 0, 127]) + b"\x78sound"
    assert RtpPacket.parse(first, HeaderExtensionsMap()).payload == b"\x78sound"
    assert second[0] == 0x80 and second[12:] == b"\x78nobody"


@pytest.mark.parametrize("ptime", [20, 60])
def test_whoever_is_in_the_mix_gets_their_own(fanout, browsers, ptime):
    ana, lou = browsers(2)
    ana_listens, _ = join(fanout, ana, ptime), join(fanout, lou, ptime)
    own = Media(b"\x78own", (8,))
    for tick in range(30):
        fanout.send(SPEECH, {ana_listens: own} if 10 <= tick < 20 else {}, tick * FRAME_SAMPLES)
    frames, ana_heard, lou_heard = ptime // 20, ana.packets(), lou.packets()
    for packets in (ana_heard, lou_heard):
        # The first packet may be short, for the Space has only begun.
        assert steps(packets)[1:] == [(1, frames * FRAME_SAMPLES)] * (len(packets) - 2)
        assert all(packet_samples(packet.payload) == frames * FRAME_SAMPLES for packet in packets[1:])
    said = b"".join(packet.payload for packet in ana_heard)
    assert said.count(b"own") == 10
    assert said.count(b"speech") == sum(packet_samples(packet.payload) for packet in ana_heard) // FRAME_SAMPLES - 10
    assert not any(b"own" in packet.payload for packet in lou_heard) and len(lou_heard) >= 30 // frames - 1


def test_coming_and_going_disturbs_nobody(fanout, browsers):
    stays = browsers(5)
    for browser in stays:
        join(fanout, browser)
    inside: list[Listener] = []
    chance = random.Random(3)
    for tick in range(100):
        if chance.random() < 0.6:
            inside.append(join(fanout, *browsers(), ptime=chance.choice([20, 60])))
        elif inside:
            fanout.remove(inside.pop(chance.randrange(len(inside))))
        fanout.send(Media(b"\x78" + tick.to_bytes(2, "big")), {}, tick * FRAME_SAMPLES)
    assert len(fanout) == 5 + len(inside)
    for browser in stays:
        packets = browser.packets()
        assert [packet.payload[1:] for packet in packets] == [tick.to_bytes(2, "big") for tick in range(100)]
        assert steps(packets) == [(1, FRAME_SAMPLES)] * 99
    gone = inside.pop()
    fanout.remove(gone)
    fanout.remove(gone)
    gone.peer.datagrams()
    fanout.send(SPEECH, {gone: SPEECH}, 100 * FRAME_SAMPLES)
    assert gone.peer.datagrams() == [] and fanout.resend(gone, [gone.sequence]) == 0


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
@pytest.mark.parametrize("ptime", [20, 60])
def test_a_stream_goes_on_when_its_peer_roams_and_when_it_changes_family(fanout, browsers, ptime):
    (six, lou), packets = browsers(1, ipv6=True) + browsers(), []
    join(fanout, six, ptime)
    listener = join(fanout, lou, ptime)
    tick = 0
    for ipv6 in (False, True, False):
        for _ in range(6):
            fanout.send(SPEECH, {}, tick * FRAME_SAMPLES)
            tick += 1
        packets += lou.packets()
        lou.roam(ipv6=ipv6)
        fanout.readdress(listener)
    frames = ptime // 20
    assert all(number == 1 and samples % FRAME_SAMPLES == 0 for number, samples in steps(packets))
    assert len(six.packets()) >= 18 // frames - 1
    assert len(packets) >= 18 // frames - 3
    fanout.readdress(Listener(lou))


def test_a_destination_that_answers_with_errors_costs_nobody_a_packet(port, fanout, browsers):
    lou, closed, max_ = browsers(3)
    unreachable = join(fanout, lou), join(fanout, closed), join(fanout, max_)
    # A shut port: the kernel reports "port unreachable" to the relay's socket for every packet.
    closed._socket.close()
    for tick in range(50):
        fanout.send(SPEECH, {}, tick * FRAME_SAMPLES)
    assert len(lou.packets()) == len(max_.packets()) == 50
    # Broadcast is refused before the packet leaves.
    closed.address = ("255.255.255.255", 9)
    fanout.readdress(unreachable[1])
    for tick in range(50):
        fanout.send(SPEECH, {}, (50 + tick) * FRAME_SAMPLES)
    assert len(lou.packets()) == len(max_.packets()) == 50
    assert port.counts["send_failed"] == 50


def test_what_cannot_be_protected_stays(fanout, browsers):
    lou, max_ = browsers(2)
    first, broken, _ = Listener(lou), Listener(lou), join(fanout, max_)
    first.sequence = 10_000
    fanout.add(first)
    for tick in range(3):
        fanout.send(SPEECH, {}, tick * FRAME_SAMPLES)
    assert len(lou.packets()) == 3
    fanout.remove(first)
    # SRTP takes no number that lies so far behind what its session has sent.
    broken.sequence = 5000
    fanout.add(broken)
    assert fanout.send(SPEECH, {}, 3 * FRAME_SAMPLES) == [broken]
    assert lou.datagrams() == [] and len(max_.packets()) == 4


def test_sender_reports_count_what_was_sent(fanout, browsers):
    lou, max_ = browsers(1, profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM) + browsers()
    listener, _ = join(fanout, lou), join(fanout, max_, 60)
    clock = 0
    for tick in range(9):
        clock = tick * FRAME_SAMPLES
        fanout.send(SPEECH, {listener: Media(b"\x78" + bytes(9))} if tick else {}, clock)
    last, long = lou.packets()[-1], max_.packets()
    fanout.send_reports(clock, 0, 1)
    report, names = lou.reports()
    assert isinstance(report, RtcpSrPacket) and report.ssrc == lou.ssrc
    assert report.sender_info.rtp_timestamp == last.timestamp
    assert (report.sender_info.packet_count, report.sender_info.octet_count) == (9, len(SPEECH.payload) + 8 * 10)
    assert names.chunks[0].ssrc == lou.ssrc
    report, _ = max_.reports()
    assert report.sender_info.packet_count == len(long)
    assert report.sender_info.octet_count == sum(len(packet.payload) for packet in long)
    fanout.send_reports(clock, 1, 2)
    assert lou.datagrams() == []
