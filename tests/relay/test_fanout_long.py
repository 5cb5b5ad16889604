"""Long packets for the audience, and the few packets of a silence."""

import numpy as np
import pytest

from rooms.relay import fanout as fanout_module
from rooms.relay.downlink import AudiencePtime
from rooms.relay.mixer import Media
from rooms.relay.opus import FRAME_SAMPLES, Decoder, Encoder, packet_samples
from rooms.relay.packets import PACKET_MAX
from tests.relay.offers import good_offer
from tests.relay.wire import join, steps
from tests.support.ears import eventually, level, sine, tone

SILENCE = Media(b"\x78")
SPEECH = Media(b"\x78speech")
# The same 20 ms in another mode of Opus (RFC 6716 section 3.1), which cannot share a packet with the first.
OTHER_SPEECH = Media(b"\xf8music")


def decoded(payloads) -> np.ndarray:
    decoder = Decoder()
    return np.concatenate([decoder.decode(payload) for payload in payloads])


def test_joined_frames_sound_as_they_did(fanout, browsers):
    short, *long = browsers(4)
    join(fanout, short)
    for browser in long:
        join(fanout, browser, 60)
    encoder = Encoder()
    for tick in range(60):
        fanout.send(Media(encoder.encode(sine(440, tick))), {}, tick * FRAME_SAMPLES)
    reference = decoded(packet.payload for packet in short.packets())
    starts = set()
    for browser in long:
        packets = browser.packets()
        lengths = [packet_samples(packet.payload) for packet in packets]
        # The encoder may change its mode on the way.
        assert steps(packets) == [(1, length) for length in lengths[:-1]] and lengths.count(3 * FRAME_SAMPLES) >= 16
        samples = decoded(packet.payload for packet in packets)
        assert len(samples) >= 57 * FRAME_SAMPLES
        np.testing.assert_array_equal(samples, reference[: len(samples)])
        starts.add(packet_samples(packets[0].payload))
    # Three listeners, three phases: the load is spread over the ticks.
    assert starts == {FRAME_SAMPLES, 2 * FRAME_SAMPLES, 3 * FRAME_SAMPLES}
    assert level(reference[20 * FRAME_SAMPLES :], 440) > -15


def test_frames_that_cannot_be_joined_leave_one_by_one(fanout, browsers):
    (lou,) = browsers()
    join(fanout, lou, 60)
    script = [SPEECH] * 6 + [OTHER_SPEECH] + [SPEECH] * 8
    for tick, media in enumerate(script):
        fanout.send(media, {}, tick * FRAME_SAMPLES)
    packets = lou.packets()
    lengths = [packet_samples(packet.payload) for packet in packets]
    assert steps(packets) == [(1, length) for length in lengths[:-1]]
    assert lengths.count(FRAME_SAMPLES) >= 3 and lengths.count(3 * FRAME_SAMPLES) >= 2
    assert b"".join(packet.payload for packet in packets).count(b"music") == 1


def test_one_mix_that_cannot_be_joined_changes_no_numbers(fanout, browsers):
    ana, lou = browsers(2)
    listens = join(fanout, ana, 60)
    join(fanout, lou, 60)
    for tick in range(12):
        fanout.send(SPEECH, {listens: OTHER_SPEECH} if tick == 5 else {}, tick * FRAME_SAMPLES)
    for browser in (ana, lou):
        packets = browser.packets()
        assert steps(packets) == [(1, packet_samples(packet.payload)) for packet in packets[:-1]]


def test_packets_stay_below_what_paths_carry(fanout, browsers):
    (lou,) = browsers(levels_id=1)
    join(fanout, lou, 60)
    voices = tuple(range(15))
    for tick in range(9):
        fanout.send(Media(b"\x78" + bytes([tick + 1]) * 400, voices, voices), {}, tick * FRAME_SAMPLES)
    packets = lou.datagrams()
    assert len(packets) >= 7 and max(map(len, packets)) <= PACKET_MAX


@pytest.mark.parametrize("ptime", [20, 60])
def test_a_hole_in_time_is_a_hole_in_the_stream(fanout, browsers, ptime):
    (lou,) = browsers()
    join(fanout, lou, ptime)
    for tick in [*range(10), *range(30, 40)]:
        fanout.send(SPEECH, {}, tick * FRAME_SAMPLES)
    packets = lou.packets()
    assert {number for number, _ in steps(packets)} == {1}
    ends = {packet.timestamp + packet_samples(packet.payload) for packet in packets}
    jumps = [after.timestamp for after in packets[1:] if after.timestamp not in ends]
    assert len(jumps) == 1


@pytest.mark.parametrize("ptime", [20, 60])
def test_silence_costs_a_fifth(fanout, browsers, ptime):
    (lou,) = browsers()
    listener = join(fanout, lou, ptime)
    frames = ptime // 20
    # Spoken, silent for four seconds, spoken.
    script = [SPEECH] * 30 + [SILENCE] * 200 + [SPEECH] * 30
    arrived = []
    for tick, media in enumerate(script):
        fanout.send(media, {}, tick * FRAME_SAMPLES)
        arrived += [(tick, packet) for packet in lou.packets()]
    silent = [(tick, packet) for tick, packet in arrived if b"speech" not in packet.payload]
    assert 200 // (5 * frames) - 1 <= len(silent) <= 200 // (5 * frames) + 1
    packets = [packet for _, packet in arrived]
    # Numbers go on, times tell how long it was (RFC 7587 section 3.1.3).
    assert {number for number, _ in steps(packets)} == {1}
    assert {samples // FRAME_SAMPLES for _, samples in steps(silent_packets(silent))} == {5 * frames}
    # The first word after it leaves in its own turn, and nothing of what was said is missing.
    assert next(tick for tick, packet in arrived if tick >= 230 and b"speech" in packet.payload) < 230 + frames
    assert sum(packet.payload.count(b"speech") for packet in packets) >= 60 - frames + 1
    # Somebody's own sound is no silence.
    for tick in range(300, 330):
        fanout.send(SILENCE, {listener: SPEECH}, tick * FRAME_SAMPLES)
    assert len(lou.packets()) >= 30 // frames - 1


def silent_packets(arrived) -> list:
    return [packet for _, packet in arrived]


def test_the_gap_stays_below_the_pages_patience():
    """rtc.js takes a stream for dead after 1.5 s."""
    assert fanout_module.SILENT_EVERY * fanout_module.LONG_PTIME < 1000


def test_auto_follows_the_load():
    load = 0.4
    ptime = AudiencePtime("auto", 0.5, lambda: load)
    assert ptime() == 20
    load = 0.6
    assert ptime() == 60
    assert [AudiencePtime(asked, 0.5, lambda: 1.0)() for asked in ("20", "60")] == [20, 60]


@pytest.mark.parametrize("stage", [{"audience_ptime": "60"}], indirect=True)
async def test_a_listener_with_long_packets_takes_a_seat(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(440))
    lou, ana = await stage.listen("lou"), await stage.listen("ana")
    await lou.hears(440)
    assert {stage.room.downlinks["lou"].ptime, stage.room.downlinks["ana"].ptime} == {60, 20}
    stage.seat("lou")
    await stage.apply()
    await stage.speak("lou", tone(1320))
    await ana.hears(1320)
    # What they hear is the mix without them, still in long packets and in one unbroken stream.
    await lou.frames(25)
    assert lou.level(440) - lou.level(1320) > 50
    # Where the machine was late the clock skips a frame, and one packet is shorter by it.
    await eventually(lambda: {packet_samples(packet.payload) for packet in lou.packets[-10:]} == {3 * FRAME_SAMPLES})
    assert all(number == 1 for number, _ in steps(lou.packets))


@pytest.mark.parametrize("stage", [{"audience_ptime": "60"}], indirect=True)
async def test_a_browser_that_wants_short_packets_gets_them(stage):
    for wanted, ptime in (("a=maxptime:40\r\n", 20), ("a=maxptime:120\r\n", 60), ("a=maxptime:nonsense\r\n", 60)):
        answer = await stage.offer("whep", "lou", await good_offer() + wanted)
        assert next(iter(stage.sessions.values())).ptime == ptime
        assert ("a=ptime:60" in answer.sdp.splitlines()) == (ptime == 60)
