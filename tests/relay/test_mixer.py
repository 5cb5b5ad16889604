"""The sums themselves: no clipping, no trace of oneself, names for those who talk."""

import av
import numpy as np

from rooms.relay.mixer import CEILING, IN_MIX_TICKS, TALKING_TICKS, Limiter, Mixer
from rooms.relay.opus import FRAME_SAMPLES, Encoder
from tests.support.ears import level, sine

CSRCS = {"ana": 1, "ben": 2, "cem": 3}


def heard(packets: list[bytes]) -> np.ndarray:
    decoder = av.CodecContext.create("libopus", "r")
    decoder.layout, decoder.sample_rate, decoder.format = "mono", 48_000, "s16"
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet))]
    samples = [np.frombuffer(frame.planes[0], np.int16, count=frame.samples) for frame in frames]
    return np.concatenate(samples).astype(np.float32) / 32768


def test_a_voice_outside_the_mix_is_not_named():
    mix, without = Mixer().tick({"ana": np.zeros(FRAME_SAMPLES, np.float32), "ben": None}, CSRCS, ["ana", "ben"])
    assert mix.csrcs == () and without == {}


def test_each_voice_in_the_mix_has_one_without_itself():
    mixer = Mixer()
    ticks = [
        mixer.tick({"ana": sine(440, frame), "ben": sine(1320, frame), "cem": None}, CSRCS, ["ana", "cem"])
        for frame in range(50)
    ]
    mix, without = ticks[-1]
    assert set(mix.csrcs) == {1, 2}
    assert without.keys() == {"ana"} and without["ana"].csrcs == (2,)
    mixed, anas = heard([mix.payload for mix, _ in ticks]), heard([own["ana"].payload for _, own in ticks])
    assert level(mixed[-9600:], 440) > -15 and level(mixed[-9600:], 1320) > -15
    assert level(anas[-9600:], 1320) - level(anas[-9600:], 440) > 60


def test_a_voice_stops_being_named_soon_and_stays_in_the_mix_longer():
    mixer, silence = Mixer(), np.zeros(FRAME_SAMPLES, np.float32)
    mixer.tick({"ana": sine(440, 0)}, CSRCS, [])
    named = [mixer.tick({"ana": silence}, CSRCS, ["ana"]) for _ in range(IN_MIX_TICKS + 1)]
    assert [bool(mix.csrcs) for mix, _ in named].index(False) == TALKING_TICKS - 1
    assert [bool(without) for _, without in named].index(False) == IN_MIX_TICKS - 1


def test_a_forgotten_voice_is_silent_at_once():
    mixer = Mixer()
    mixer.tick({"ana": sine(440, 0)}, CSRCS, ["ana"])
    mixer.forget("ana")
    mix, without = mixer.tick({}, CSRCS, ["ana"])
    assert mix.csrcs == () and without == {}


def test_thirteen_shouting_voices_do_not_clip():
    limiter, shout = Limiter(), sum(sine(200 + 37 * voice, 0, 0.9) for voice in range(13))
    limited = [limiter.limit(shout) for _ in range(5)]
    assert all(np.abs(frame).max() <= 1.0 for frame in limited)
    assert abs(np.abs(limited[-1]).max() - CEILING) < 0.01


def test_a_limiter_comes_back_slowly():
    limiter = Limiter()
    limiter.limit(sine(440, 0, 3.0))
    quiet = [np.abs(limiter.limit(sine(440, 0, 0.1))).max() for _ in range(40)]
    assert quiet == sorted(quiet)
    assert quiet[0] < 0.05 and abs(quiet[-1] - 0.1) < 0.001


def test_every_frame_becomes_one_small_packet():
    encoder = Encoder()
    sizes = [len(encoder.encode(sine(440, frame))) for frame in range(100)]
    assert 0 < min(sizes) and max(sizes) < 300
