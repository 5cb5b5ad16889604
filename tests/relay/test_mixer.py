"""The sums themselves: no trace of oneself, no click when a listener side changes over, names for those who talk."""

import random

import numpy as np
import pytest

from rooms.relay.mixer import TALKING_TICKS, Media, Mixer
from rooms.relay.opus import FRAME_SAMPLES, Decoder, Encoder
from tests.support.ears import level, sine
from tests.support.sound import babble, dbfs

CSRCS = {"ana": 1, "ben": 2, "cem": 3, "eve": 4}
SECOND = 50


def heard(packets: list[bytes]) -> np.ndarray:
    decoder = Decoder()
    return np.concatenate([decoder.decode(packet) for packet in packets])


def frame(sound: np.ndarray, number: int) -> np.ndarray:
    return sound[number * FRAME_SAMPLES : (number + 1) * FRAME_SAMPLES]


def spoken(sound: np.ndarray) -> float:
    """dBFS of the parts that are not pauses."""
    return dbfs(sound[np.abs(sound) > 0.01 * np.abs(sound).max()])


class Scene:
    """Voices through a mixer with ana listening; `shared` and `apart` are what the two encoders gave in each tick."""

    def __init__(self, ticks: int, **voices) -> None:
        mixer = Mixer()
        given = [
            mixer.tick({name: voice(number) for name, voice in voices.items()}, CSRCS, {"ana"})
            for number in range(ticks)
        ]
        self.shared = [mix for mix, _ in given]
        self.apart = [own.get("ana") for _, own in given]

    @property
    def anas(self) -> list[Media]:
        """What ana is sent."""
        return [own or mix for own, mix in zip(self.apart, self.shared, strict=True)]


def between(sound: np.ndarray, start: float, end: float):
    """A voice that has something to give only between two seconds."""
    return lambda number: frame(sound, number) if start * SECOND <= number < end * SECOND else None


def test_a_voice_that_gave_nothing_is_not_named():
    mix, without = Mixer().tick({"ana": np.zeros(FRAME_SAMPLES, np.float32), "ben": None}, CSRCS, ["ben"])
    assert mix.csrcs == mix.levels == () and without == {}


def test_each_voice_in_the_mix_has_one_without_itself():
    scene = Scene(SECOND, ana=lambda number: sine(440, number), ben=lambda number: sine(1320, number))
    assert set(scene.shared[-1].csrcs) == {1, 2} and scene.apart[-1].csrcs == (2,)
    mixed, anas = heard([mix.payload for mix in scene.shared]), heard([mix.payload for mix in scene.apart])
    assert level(mixed[-9600:], 440) > -15 and level(mixed[-9600:], 1320) > -15
    assert level(anas[-9600:], 1320) - level(anas[-9600:], 440) > 60


def test_who_does_not_listen_or_does_not_speak_has_no_mix_of_its_own():
    mixer = Mixer()
    _, without = mixer.tick({"ana": sine(440, 0), "ben": sine(880, 0), "cem": None}, CSRCS, ["ana", "cem", "lou"])
    assert without.keys() == {"ana"}


@pytest.mark.parametrize("seed", range(3))
def test_nothing_of_ones_own_speech_comes_back(seed):
    own, others = babble(seed, 6, -12), babble(seed + 100, 6, -26)
    scene = Scene(6 * SECOND, ana=between(own, 1, 4), ben=lambda number: frame(others, number))
    alone = Scene(6 * SECOND, ana=lambda number: None, ben=lambda number: frame(others, number))
    # Until she hears the mix for all again, which somebody else's past is in: coded a little differently, not louder.
    apart = next(number for number in range(SECOND, 6 * SECOND) if scene.apart[number] is None)
    assert apart >= 4 * SECOND
    without = heard([mix.payload for mix in alone.shared[:apart]])
    assert dbfs(heard([mix.payload for mix in scene.anas[:apart]]) - without) < -70
    assert dbfs(heard([mix.payload for mix in scene.shared[:apart]]) - without) > -40


def test_a_lone_speaker_hears_nothing():
    own = babble(1, 4, -12)
    scene = Scene(4 * SECOND, ana=between(own, 0.5, 3))
    assert dbfs(heard([mix.payload for mix in scene.shared])) > -35
    assert dbfs(heard([mix.payload for mix in scene.anas])) < -90


@pytest.mark.parametrize("seed", range(5))
def test_changing_over_makes_no_click(seed):
    """Against decoders that hear one encoder all along: ben and cem talk throughout, ana only in the second second."""
    own, ben, cem = babble(seed, 8, -15), babble(seed + 100, 8, -20), babble(seed + 200, 8, -24)
    scene = Scene(
        8 * SECOND,
        ana=between(own, 1, 2),
        ben=lambda number: frame(ben, number),
        cem=lambda number: frame(cem, number),
    )
    begins = SECOND
    ends = next(number for number in range(begins, 8 * SECOND) if scene.apart[number] is None)
    assert all(scene.apart[begins:ends]) and not any(scene.apart[:begins] + scene.apart[ends:])
    assert ends > 2 * SECOND
    anas = heard([mix.payload for mix in scene.anas])
    shared = heard([mix.payload for mix in scene.shared])
    split, over = begins * FRAME_SAMPLES, ends * FRAME_SAMPLES
    assert np.array_equal(anas[:split], shared[:split])
    assert np.abs(anas[over:] - shared[over:]).max() < 10 ** (-40 / 20)
    # Into the mix apart: the same as hearing ana's voice missing from the start, bit for bit.
    alone = Scene(
        2 * SECOND,
        ana=lambda number: None,
        ben=lambda number: frame(ben, number),
        cem=lambda number: frame(cem, number),
    )
    assert np.array_equal(anas[: len(alone.anas) * FRAME_SAMPLES], heard([mix.payload for mix in alone.anas]))


@pytest.mark.parametrize("seed", range(2))
def test_where_encoders_never_meet_the_change_waits_for_a_softer_moment(seed):
    """Four who talk all the time, in a hiss."""
    crowd = sum(babble(seed + 100 * number, 8, -20) for number in range(1, 5))
    crowd += np.random.default_rng(seed).normal(0, 10 ** (-45 / 20), len(crowd)).astype(np.float32)
    scene = Scene(8 * SECOND, ana=between(babble(seed, 8, -15), 1, 2), ben=lambda number: frame(crowd, number))
    ends = next(number for number in range(SECOND, 8 * SECOND) if scene.apart[number] is None)
    assert scene.shared[ends - 1].payload != scene.apart[ends - 1].payload
    anas, shared = (heard([mix.payload for mix in frames]) for frames in (scene.anas, scene.shared))
    difference = (anas - shared)[ends * FRAME_SAMPLES :]
    assert max(dbfs(difference[at : at + 240]) for at in range(0, 4800, 240)) < -40


def test_without_a_common_past_changing_over_would_click():
    """What the tests above would show if a mix apart began with an encoder of its own."""
    ben = babble(100, 4, -20)
    one, other = Encoder(), Encoder()
    shared = [one.encode(frame(ben, number)) for number in range(75)]
    fresh = [other.encode(frame(ben, number)) for number in range(25, 75)]
    stays, changes = heard(shared), heard(shared[:50] + fresh[25:])
    assert np.abs(stays - changes).max() > 10 ** (-40 / 20)


def test_a_voice_comes_and_goes_without_a_step():
    mixer = Mixer()
    flat = np.full(FRAME_SAMPLES, 0.2, np.float32)
    limiter_in = []
    for samples in (None, flat, flat, None, None):
        parts = mixer._hear({"ana": samples}, CSRCS)
        limiter_in.append(parts.get("ana", np.zeros(FRAME_SAMPLES, np.float32)))
    assert np.abs(np.diff(np.concatenate(limiter_in))).max() < 0.2 / 200


def test_a_voice_stops_being_named_soon():
    mixer, silence = Mixer(), np.zeros(FRAME_SAMPLES, np.float32)
    mixer.tick({"ana": sine(440, 0)}, CSRCS, [])
    named = [mixer.tick({"ana": silence}, CSRCS, []) for _ in range(2 * TALKING_TICKS)]
    assert [bool(mix.csrcs) for mix, _ in named].index(False) == TALKING_TICKS - 1


def test_levels_are_those_of_the_voices_in_the_packet():
    mixer = Mixer()
    mix, _ = mixer.tick({"ana": sine(400, 0, 1.0), "ben": sine(400, 0, 0.1)}, CSRCS, [])
    assert dict(zip(mix.csrcs, mix.levels, strict=True)) == {1: 3, 2: 23}
    mix, _ = mixer.tick({"ana": None, "ben": sine(400, 0, 0.1)}, CSRCS, [])
    assert dict(zip(mix.csrcs, mix.levels, strict=True)) == {1: 127, 2: 23}


def test_a_forgotten_voice_is_not_named_any_more():
    mixer = Mixer()
    mixer.tick({"ana": sine(440, 0)}, CSRCS, ["ana"])
    mixer.forget("ana")
    mix, _ = mixer.tick({}, CSRCS, ["ana"])
    assert mix.csrcs == ()


def test_of_a_forgotten_voice_no_more_than_the_next_frame_tells():
    mixer, packets = Mixer(), []
    for number in range(SECOND):
        packets.append(mixer.tick({"ana": sine(440, number)}, CSRCS, [])[0].payload)
    mixer.forget("ana")
    packets += [mixer.tick({}, CSRCS, [])[0].payload for _ in range(5)]
    assert dbfs(heard(packets)[(SECOND + 1) * FRAME_SAMPLES :]) < -40


def test_after_a_flush_nothing_is_left_but_the_gains():
    quiet, mixer = babble(1, 2, -32), Mixer()
    for number in range(2 * SECOND):
        mixer.tick({"ana": frame(quiet, number)}, CSRCS, ["ana"])
    gain = mixer._gains["ana"].db
    mixer.flush()
    mix, without = mixer.tick({}, CSRCS, ["ana"])
    fresh, _ = Mixer().tick({}, CSRCS, ["ana"])
    assert mix == fresh and without == {}
    assert mixer._gains["ana"].db == gain > 0


@pytest.mark.parametrize("seed", range(1, 5))
def test_who_is_muted_amid_a_word_does_not_hear_the_end_of_it(seed):
    own, mixer, packets = babble(seed, 2, -12), Mixer(), []
    for number in range(SECOND):
        mix, without = mixer.tick({"ana": frame(own, number + 10)}, CSRCS, ["ana"])
        packets.append(without["ana"].payload)
    mixer.forget("ana")
    for _ in range(2 * SECOND):
        mix, without = mixer.tick({}, CSRCS, ["ana"])
        packets.append(without.get("ana", mix).payload)
    assert without == {}
    assert dbfs(heard(packets)) < -90


def test_gain_outlives_a_mute_and_goes_with_the_seat():
    quiet, mixer = babble(1, 6, -32), Mixer()
    for number in range(6 * SECOND):
        mixer.tick({"ana": frame(quiet, number)}, CSRCS, [])
    gain = mixer._gains["ana"].db
    assert gain > 5
    mixer.forget("ana")
    mixer.tick({}, CSRCS, [])
    mixer.retain({"ana"})
    mixer.tick({"ana": frame(quiet, 0)}, CSRCS, [])
    assert abs(mixer._gains["ana"].db - gain) < 1
    mixer.retain(set())
    assert not mixer._gains


def test_a_quiet_and_a_loud_voice_are_heard_equally_loud():
    quiet, loud, mixer = babble(1, 20, -33), babble(2, 20, -8), Mixer()
    packets = []
    for number in range(20 * SECOND):
        # They take turns of five seconds.
        is_ben = number // (5 * SECOND) % 2
        voices = {"ana": None if is_ben else frame(quiet, number), "ben": frame(loud, number) if is_ben else None}
        packets.append(mixer.tick(voices, CSRCS, [])[0].payload)
    _, _, ana, ben = heard(packets).reshape(4, -1)
    assert abs(spoken(quiet) - spoken(loud)) > 20
    assert abs(spoken(ana[-3 * 48_000 :]) - spoken(ben[-3 * 48_000 :])) < 3


def test_silence_becomes_nothing_and_held_tones_do_not():
    mixer = Mixer()
    held = [mixer.tick({"ana": sine(440, number)}, CSRCS, ["ana"]) for number in range(SECOND)]
    assert not any(mix.is_silent for mix, _ in held)
    assert held[-1][1]["ana"].is_silent
    quiet = [mixer.tick({"ana": None}, CSRCS, ["ana"])[0] for _ in range(SECOND)]
    assert sum(mix.is_silent for mix in quiet) > SECOND // 2


def test_thirteen_shouting_voices_come_out_of_the_decoder_clean():
    mixer, loud = Mixer(), 10 ** (-6 / 20) * np.sqrt(2)
    names = {f"voice {number}": number + 1 for number in range(13)}
    packets = []
    for number in range(SECOND):
        voices = {name: sine(200 + 37 * csrc, number, loud) for name, csrc in names.items()}
        packets.append(mixer.tick(voices, names, [])[0])
    sound = heard([mix.payload for mix in packets])
    # Lossy, the codec may overshoot what it was given by a little.
    assert np.abs(sound).max() < 1.0
    assert len(packets[-1].csrcs) == 13
    spectrum = np.abs(np.fft.rfft(sound[-24_000:] * np.hanning(24_000)))
    assert 20 * np.log10(spectrum[2000:].max() / spectrum.max()) < -40


@pytest.mark.parametrize("seed", range(1, 7))
def test_random_bytes_from_one_do_not_turn_the_others_down(seed):
    """In packets that libopus takes. Ben's tone is at -11 dBFS without them."""
    chance, mixer, decoder, packets = random.Random(seed), Mixer(), Decoder(), []
    for number in range(SECOND):
        noise = decoder.decode(b"\xfc" + chance.randbytes(10))
        packets.append(mixer.tick({"eve": noise, "ben": sine(1000, number)}, CSRCS, [])[0].payload)
    tenths = heard(packets).reshape(10, -1)
    assert min(level(tenth, 1000) for tenth in tenths[1:]) > -18


def test_every_frame_becomes_one_small_packet():
    encoder = Encoder()
    sizes = [len(encoder.encode(sine(440, number))) for number in range(100)]
    assert 0 < min(sizes) and max(sizes) < 300
