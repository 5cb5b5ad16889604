"""Makes speech a little shorter or longer where nobody hears it: whole pitch periods, cross-faded.

Used by uplink.py to shed and to add delay. Pure functions on float32 samples at 48 kHz.
"""

import numpy as np

OVERLAP = 240
LAG_MIN, LAG_MAX = 120, 960
# Pitch is looked for at 8 kHz, over 10 ms.
_COARSE = 6
_SPAN = 480 // _COARSE

FADE_IN = np.linspace(0.0, 1.0, OVERLAP, dtype=np.float32)
FADE_OUT = FADE_IN[::-1].copy()


def cross_fade(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """`new`, its first 5 ms faded in over the first 5 ms of `old`."""
    joined = new.copy()
    joined[:OVERLAP] = old[:OVERLAP] * FADE_OUT + new[:OVERLAP] * FADE_IN
    return joined


def shorten(samples: np.ndarray, most: int) -> np.ndarray:
    """Without 2.5 to 20 ms of its beginning, `most` samples at most. Needs 960 samples more than that."""
    lag = _lag(samples[: _SPAN * _COARSE], samples[LAG_MIN : LAG_MAX + _SPAN * _COARSE], most)
    return cross_fade(samples, samples[lag:])


def lengthen(before: np.ndarray, samples: np.ndarray, least: int) -> np.ndarray:
    """With 2.5 to 20 ms of `before`, what was played last, once more in front: `least` samples or more.

    Needs LAG_MAX samples of each.
    """
    whole = np.concatenate((before[-LAG_MAX:], samples))
    # Backwards in time, so that a longer lag is a later offset here too.
    lag = _lag(
        samples[: _SPAN * _COARSE][::-1],
        whole[: LAG_MAX - LAG_MIN + _SPAN * _COARSE][::-1],
        LAG_MAX,
        max(least, LAG_MIN),
    )
    return cross_fade(samples, whole[LAG_MAX - lag :])


def _lag(pattern: np.ndarray, where: np.ndarray, most: int, least: int = LAG_MIN) -> int:
    """The lag from `least` to `most` at which `where`, which starts LAG_MIN behind `pattern`, is most like it."""
    coarse_pattern = pattern.reshape(-1, _COARSE).mean(axis=1)
    coarse = where[: len(where) // _COARSE * _COARSE].reshape(-1, _COARSE).mean(axis=1)
    first, last = -(-(least - LAG_MIN) // _COARSE), (most - LAG_MIN) // _COARSE
    windows = np.lib.stride_tricks.sliding_window_view(coarse, _SPAN)[first : last + 1]
    energy = np.sqrt(np.einsum("ij,ij->i", windows, windows)) + 1e-6
    return LAG_MIN + _COARSE * (first + int(np.argmax(windows @ coarse_pattern / energy)))
