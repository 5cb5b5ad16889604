"""Makes speech a little shorter or longer where nobody hears it: whole pitch periods, cross-faded.

Used by playout.py to shed and to add delay. Pure functions on float32 samples at 48 kHz.
"""

import numpy as np

OVERLAP = 240
LAG_MIN, LAG_MAX = 120, 960
# Pitch is looked for at 8 kHz, over 10 ms.
_COARSE = 6
_PATTERN = 480
_SPAN = _PATTERN // _COARSE
ALIKE = 0.7
# The lags of voices down to 110 Hz.
_CHOICE = 440

FADE_IN = np.linspace(0.0, 1.0, OVERLAP, dtype=np.float32)
FADE_OUT = FADE_IN[::-1].copy()


def cross_fade(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """`new`, its first 5 ms faded in over the first 5 ms of `old`."""
    joined = new.copy()
    joined[:OVERLAP] = old[:OVERLAP] * FADE_OUT + new[:OVERLAP] * FADE_IN
    return joined


def shorten(samples: np.ndarray, most: int) -> np.ndarray:
    """Without 2.5 to 20 ms of its beginning, `most` samples at most. Needs 960 samples more than that.

    Unchanged when nothing so near is like the beginning; what is farther off may be.
    """
    lag, likeness = _lag(samples[:_PATTERN], samples[LAG_MIN : LAG_MAX + _PATTERN], LAG_MIN, most)
    if likeness < ALIKE and most < LAG_MAX:
        return samples
    return cross_fade(samples, samples[lag:])


def lengthen(before: np.ndarray, samples: np.ndarray, wanted: int) -> np.ndarray:
    """With 2.5 to 20 ms of `before`, what was played last, once more in front: `wanted` samples or more, if possible.

    Needs LAG_MAX samples of each.
    """
    whole = np.concatenate((before[-LAG_MAX:], samples))
    # A narrow choice of lags may hold no pitch period; more is had by coming back.
    least = min(max(wanted, LAG_MIN), LAG_MAX - _CHOICE)
    # Backwards in time, so that a longer lag is a later offset here too.
    lag, _ = _lag(samples[:_PATTERN][::-1], whole[: LAG_MAX - LAG_MIN + _PATTERN][::-1], least, LAG_MAX)
    return cross_fade(samples, whole[LAG_MAX - lag :])


def _lag(pattern: np.ndarray, where: np.ndarray, least: int, most: int) -> tuple[int, float]:
    """The lag from `least` to `most` at which `where`, which starts LAG_MIN behind `pattern`, is most like it.

    And how like: up to 1, as a correlation.
    """
    coarse = where[: len(where) // _COARSE * _COARSE].reshape(-1, _COARSE).mean(axis=1)
    first, last = -(-(least - LAG_MIN) // _COARSE), (most - LAG_MIN) // _COARSE
    windows = np.lib.stride_tricks.sliding_window_view(coarse, _SPAN)[first : last + 1]
    near = _COARSE * (first + _most_alike(pattern.reshape(-1, _COARSE).mean(axis=1), windows)[0])
    # To the sample: half a coarse step off is heard as a rough edge in high voices.
    first, last = max(near - _COARSE, least - LAG_MIN), min(near + _COARSE, most - LAG_MIN)
    windows = np.lib.stride_tricks.sliding_window_view(where, len(pattern))[first : last + 1]
    offset, likeness = _most_alike(pattern, windows)
    return LAG_MIN + first + offset, likeness


def _most_alike(pattern: np.ndarray, windows: np.ndarray) -> tuple[int, float]:
    energy = np.sqrt(np.einsum("ij,ij->i", windows, windows)) + 1e-6
    products = windows @ pattern / energy
    best = int(np.argmax(products))
    return best, float(products[best]) / (float(np.sqrt(pattern @ pattern)) + 1e-6)
