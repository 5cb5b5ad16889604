"""How loud a mix is, by how much it must be turned up, and where it must be held back for that (ITU-R BS.1770-4).

Used by mix.py and encode.py. Everything is kept per slot of 5 ms: the energy of the K-weighted samples and the true
peak. With those the gain is found without another look at the samples.
"""

import numpy as np

from rooms.relay.opus import SAMPLE_RATE

SLOT = SAMPLE_RATE // 200
TARGET = -16.0
# dBTP. Codecs at these bit rates write what is up to a decibel louder, and a player should get at most -1.
CEILING = 10 ** (-2.5 / 20)
# Beyond that (dB) it is noise that is turned up.
GAIN_MAX = 42.0

# BS.1770-4 tables 1 and 2, for 48 kHz: the head's shelf, then the high-pass.
_SHELF = (1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)
_PASS = (1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)
# Filtering is done in the frequency domain, NEW samples at a time, with what lies around them: the filters forget
# within BEFORE, and the ends of a transform disturb its inside for fewer than AFTER.
_SIZE, _BEFORE, _NEW = 16384, 2400, 54 * SLOT
_AFTER = _SIZE - _BEFORE - _NEW
# Gating: blocks of 400 ms every 100 ms; what is below -70 LUFS, or 10 LU below the rest, does not count.
_STEP, _BLOCK, _GATE, _RELATIVE = 20, 4, -70.0, -10.0
# Slots that are looked ahead over, and in each of which the gain comes back by a thirtieth of what is missing.
_AHEAD, _RELEASE = 3, 1 / 30


def _response() -> np.ndarray:
    turn = np.exp(-2j * np.pi * np.arange(_SIZE // 2 + 1) / _SIZE)
    parts = [np.polyval(b[::-1], turn) / np.polyval(a[::-1], turn) for b, a in (_SHELF, _PASS)]
    return (parts[0] * parts[1]).astype(np.complex64)


_K_WEIGHTING = _response()


class Meter:
    """Listens to a whole mix, block by block; `finish`, then energies and peaks are whole."""

    def __init__(self) -> None:
        self._line = np.zeros(_BEFORE, np.float32)
        self._energies: list[np.ndarray] = []
        self._peaks: list[np.ndarray] = []
        self._slots = 0
        self.energies = self.peaks = np.zeros(0, np.float32)

    def add(self, samples: np.ndarray) -> None:
        """Whole slots of them."""
        self._slots += len(samples) // SLOT
        self._line = np.concatenate((self._line, samples))
        count = (len(self._line) - _BEFORE - _AFTER) // _NEW
        if count <= 0:
            return
        windows = np.lib.stride_tricks.sliding_window_view(self._line, _SIZE)[::_NEW][:count]
        energies, peaks = _measure(windows) if self._line.any() else (np.zeros(count * _NEW // SLOT, np.float32),) * 2
        self._energies.append(energies)
        self._peaks.append(peaks)
        self._line = self._line[count * _NEW :].copy()

    def finish(self) -> None:
        slots, kept = self._slots, len(self._line) - _BEFORE
        self.add(np.zeros(-(-kept // _NEW) * _NEW + _AFTER - kept + SLOT, np.float32))
        self.energies, self.peaks = (np.concatenate(parts)[:slots] for parts in (self._energies, self._peaks))


def _measure(windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    spectrum = np.fft.rfft(windows)
    inside = slice(_BEFORE, _BEFORE + _NEW)
    weighted = np.fft.irfft(spectrum * _K_WEIGHTING, _SIZE)[:, inside]
    energies = np.square(weighted).reshape(-1, SLOT).sum(axis=1)
    # Twice as many samples show peaks between them.
    double = np.fft.irfft(spectrum, 2 * _SIZE)[:, 2 * inside.start : 2 * inside.stop] * 2
    return energies.astype(np.float32), np.abs(double).reshape(-1, 2 * SLOT).max(axis=1).astype(np.float32)


def integrated(energies: np.ndarray) -> float:
    """LUFS of the whole; -inf when all of it is below the gate."""
    steps = energies[: len(energies) // _STEP * _STEP].astype(np.float64).reshape(-1, _STEP).sum(axis=1)
    if len(steps) < _BLOCK:
        steps = np.full(_BLOCK, energies.sum(dtype=np.float64) / max(1, len(energies)) * _STEP)
    blocks = np.convolve(steps, np.ones(_BLOCK), "valid") / (_BLOCK * _STEP * SLOT)
    for gate in (_GATE, None):
        least = gate if gate is not None else _lufs(blocks.mean()) + _RELATIVE
        blocks = blocks[blocks > 10 ** ((least + 0.691) / 10)]
        if not len(blocks):
            return -np.inf
    return float(_lufs(blocks.mean()))


def _lufs(power: float) -> float:
    return -0.691 + 10 * np.log10(power)


class Curve:
    """The gain that goes over a mix, from slot to slot: loud enough, and nowhere beyond the ceiling."""

    def __init__(self, energies: np.ndarray, peaks: np.ndarray, gain_db: float | None = None) -> None:
        """With `gain_db` that and the ceiling; else what it takes for TARGET."""
        if gain_db is not None:
            self._bend(energies, peaks, gain_db)
            return
        gain_db, slope = _up(TARGET - integrated(energies)), 1.0
        self._bend(energies, peaks, gain_db)
        for _ in range(10):
            before = self.loudness
            more = _up(gain_db + (TARGET - before) / slope) - gain_db
            if not np.isfinite(before) or abs(more) < 0.05:
                return
            gain_db += more
            self._bend(energies, peaks, gain_db)
            # A decibel more gain gives less than one of loudness where peaks are held back.
            slope = min(1.0, max(0.2, (self.loudness - before) / more))

    def apply(self, samples: np.ndarray, start: int) -> np.ndarray:
        """Whole slots from the sample `start` of the mix."""
        first = start // SLOT
        nodes = self._nodes[first : first + len(samples) // SLOT + 1]
        if np.all(nodes == nodes[0]):
            return samples * np.float32(nodes[0])
        gains = nodes[:-1, None] + np.diff(nodes)[:, None] * (np.arange(SLOT, dtype=np.float32) / SLOT)
        return (samples.reshape(-1, SLOT) * gains).ravel()

    def _bend(self, energies: np.ndarray, peaks: np.ndarray, gain_db: float) -> None:
        gain = 10 ** (gain_db / 20)
        nodes = _held_back(np.minimum(1, CEILING / np.maximum(peaks * gain, CEILING))) * gain
        self._nodes = nodes.astype(np.float32)
        squares = (nodes[:-1] ** 2 + nodes[:-1] * nodes[1:] + nodes[1:] ** 2) / 3
        self.loudness = integrated(energies * squares)
        self.peaks = peaks * np.maximum(nodes[:-1], nodes[1:])


def _up(decibels: float) -> float:
    return min(GAIN_MAX, decibels) if np.isfinite(decibels) else 0.0


def _held_back(allowed: np.ndarray) -> np.ndarray:
    """The gains between slots, one more than these: never above what the slots beside them allow, and no steps."""
    padded = np.concatenate((np.ones(_AHEAD), allowed, np.ones(_AHEAD)))
    low = np.lib.stride_tricks.sliding_window_view(padded, 2 * _AHEAD).min(axis=1)
    if low.min() == 1:
        return np.ones(len(allowed) + 1)
    held, last = [], 1.0
    for value in low.tolist():
        last = min(value, last + (1 - last) * _RELEASE)
        held.append(last)
    smooth = np.convolve(np.pad(held, _AHEAD - 1, "edge"), np.full(2 * _AHEAD - 1, 1 / (2 * _AHEAD - 1)), "valid")
    return smooth
