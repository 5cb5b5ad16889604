"""Who is decoded, how loud each voice becomes, and that a sum ends below the ceiling without a scratch."""

import numpy as np
import pytest

from rooms.relay.levels import AUDIBLE, SILENT, Gain, Limiter, Selector, level
from rooms.relay.opus import FRAME_SAMPLES
from tests.support.ears import sine
from tests.support.sound import babble, dbfs

CROWD = {f"voice {number}": -30.0 + number for number in range(13)}
LOUDEST = {f"voice {number}" for number in range(8, 13)}


def frames(sound: np.ndarray) -> np.ndarray:
    return sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)


def settled(levels: dict[str, float]) -> Selector:
    """A selector that has heard these honest microphones for a second."""
    selector = Selector()
    for _ in range(50):
        for name in selector.choose(levels):
            selector.measured(name, levels[name])
    return selector


def test_levels_are_dbov():
    assert level(np.ones(960, np.float32)) == 0
    assert abs(level(sine(400, 0, 1.0)) + 3.01) < 0.01
    assert level(np.zeros(960, np.float32)) == SILENT


def test_of_thirteen_the_loudest_few_are_decoded():
    assert settled(CROWD).choose(CROWD) == LOUDEST


def test_a_quiet_room_decodes_nobody():
    assert settled({"ana": AUDIBLE - 1, "ben": SILENT}).choose({"ana": AUDIBLE - 1, "ben": SILENT}) == set()


def test_a_talker_stays_through_a_pause_and_goes_after_half_a_second():
    selector, pause = settled({"ana": -20}), {"ana": SILENT}
    stays = [bool(selector.choose(pause)) for _ in range(40)]
    assert stays == [True] * (Selector.HANGOVER_TICKS - 1) + [False] * (41 - Selector.HANGOVER_TICKS)


def test_somebody_clearly_louder_is_in_within_two_ticks():
    selector = settled(CROWD)
    louder = CROWD | {"voice 0": -10}
    selector.choose(louder)
    assert "voice 0" in selector.choose(louder)


def test_the_quietest_makes_way():
    selector = settled(CROWD)
    louder = CROWD | {"voice 0": -10}
    selector.choose(louder)
    assert selector.choose(louder) == LOUDEST - {"voice 8"} | {"voice 0"}


def test_equally_loud_voices_do_not_take_turns():
    chance = np.random.default_rng(3)
    selector, seen = Selector(), []
    for _ in range(500):
        levels = {name: -20 + chance.uniform(-8, 0) for name in CROWD}
        seen.append(selector.choose(levels))
        for name in seen[-1]:
            selector.measured(name, levels[name])
    assert all(chosen == seen[10] for chosen in seen[10:])


def test_who_claims_to_shout_and_is_silent_loses_the_place():
    levels = {name: -25.0 for name in list(CROWD)[:5]} | {"liar": 0.0}
    selector = Selector()
    places = []
    for _ in range(500):
        chosen = selector.choose(levels)
        places.append("liar" in chosen)
        for name in chosen:
            selector.measured(name, SILENT if name == "liar" else levels[name])
    assert places[1] and not any(places[50:])


def test_who_claims_to_shout_and_whispers_counts_as_whispering():
    levels = {name: -25.0 for name in list(CROWD)[:5]} | {"liar": 0.0}
    selector = Selector()
    for _ in range(100):
        chosen = selector.choose(levels)
        for name in chosen:
            selector.measured(name, -50.0 if name == "liar" else levels[name])
    assert "liar" not in chosen


def test_a_microphone_that_shut_holds_no_place():
    selector = settled(CROWD)
    left = {name: level for name, level in CROWD.items() if name != "voice 12"}
    assert selector.choose(left) == LOUDEST - {"voice 12"} | {"voice 7"}


def test_a_quiet_and_a_loud_voice_end_equally_loud():
    ends = []
    for seed, loudness in ((1, -33), (2, -20), (3, -8)):
        gain = Gain()
        heard = np.concatenate([gain.apply(frame, level(frame)) for frame in frames(babble(seed, 12, loudness))])
        end = heard[-5 * 48_000 :]
        ends.append(dbfs(end[np.abs(end) > 0.01 * np.abs(end).max()]))
    assert max(ends) - min(ends) < 3
    assert abs(np.mean(ends) - Gain.TARGET) < 3


def test_gain_moves_by_few_decibels_a_second_and_without_a_step():
    gain, quiet = Gain(), babble(1, 4, -35)
    gains = []
    for frame in frames(quiet):
        gain.apply(frame, level(frame))
        gains.append(gain.db)
    assert max(np.diff(gains, prepend=0)) <= Gain.RISE + 1e-9
    assert gains[-1] > 3
    constant = np.full(FRAME_SAMPLES, 0.1, np.float32)
    moving = np.concatenate([gain.apply(constant * louder, -35 + louder) for louder in (1, 1, 1)])
    assert np.abs(np.diff(moving)).max() < 1e-4


def test_the_noise_of_a_pause_is_not_turned_up():
    gain = Gain()
    for frame in frames(babble(2, 5, -20)):
        gain.apply(frame, level(frame))
    before = gain.db
    hiss = np.random.default_rng(1).normal(0, 10 ** (-48 / 20), 10 * 48_000).astype(np.float32)
    for frame in frames(hiss):
        gain.apply(frame, level(frame))
    assert gain.db == before


def test_a_microphone_that_only_hisses_is_not_turned_up():
    gain = Gain()
    hiss = np.random.default_rng(1).normal(0, 10 ** (-45 / 20), 10 * 48_000).astype(np.float32)
    for frame in frames(hiss):
        gain.apply(frame, level(frame))
    assert gain.db == 0


def limited(sound: np.ndarray) -> np.ndarray:
    limiter = Limiter()
    return np.concatenate([limiter.limit(frame) for frame in frames(sound)])


def above(sound: np.ndarray, hertz: float) -> float:
    """dBFS of what lies above a frequency."""
    spectrum = np.fft.rfft(sound * np.hanning(len(sound)))
    spectrum[: int(hertz * len(sound) / 48_000)] = 0
    return dbfs(np.fft.irfft(spectrum))


def test_a_quiet_sum_is_only_delayed():
    sound = babble(1, 1, -20)
    assert np.array_equal(limited(sound)[Limiter.SAMPLES :], sound[: -Limiter.SAMPLES])


def test_thirteen_voices_at_minus_six_stay_below_the_ceiling_and_do_not_crackle():
    at = np.arange(2 * 48_000) / 48_000
    loud = 10 ** (-6 / 20) * np.sqrt(2)
    shout = sum(loud * np.sin(2 * np.pi * (200 + 37 * voice) * at + voice) for voice in range(13)).astype(np.float32)
    heard = limited(shout)
    assert np.abs(shout).max() > 6
    assert np.abs(heard).max() <= Limiter.CEILING + 1e-6
    assert dbfs(heard) > -16
    # All tones are below 700 Hz: whatever is far above is wrapping, clipping or a step. What clipping leaves is shown.
    assert above(heard, 4000) < -70
    assert above(np.clip(shout, -1, 1), 4000) > -45


def test_thirteen_speaking_voices_stay_below_the_ceiling():
    shout = sum(babble(seed, 3, -6) for seed in range(13))
    heard = limited(shout)
    assert np.abs(shout).max() > 2
    assert np.abs(heard).max() <= Limiter.CEILING + 1e-6
    quieter = np.abs(shout[: -Limiter.SAMPLES]) > 0.1
    gains = heard[Limiter.SAMPLES :][quieter] / shout[: -Limiter.SAMPLES][quieter]
    assert gains.min() > 0.1 and gains.max() <= 1 + 1e-6


@pytest.mark.parametrize("seed", range(5))
def test_whatever_comes_stays_below_the_ceiling(seed):
    chance = np.random.default_rng(seed)
    noise = chance.standard_normal(20 * FRAME_SAMPLES) * np.repeat(10 ** chance.uniform(-2, 1.5, 20 * 8), 120)
    assert np.abs(limited(noise.astype(np.float32))).max() <= Limiter.CEILING + 1e-6


def test_a_limiter_comes_back_within_half_a_second():
    limiter = Limiter()
    limiter.limit(sine(440, 0, 3.0))
    quiet = [limiter.limit(sine(440, frame, 0.1)) for frame in range(1, 40)]
    assert np.abs(quiet[1]).max() < 0.06
    assert np.abs(quiet[25]).max() > 0.095
