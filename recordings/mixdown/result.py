"""What a mixdown tells whoever started it: progress while it works, and the result in a file of its own.

Used by __main__.py, mix.py and redact.py.
"""

import json
import os
import threading
from pathlib import Path

import numpy as np

PEAKS_MAX = 1000
# A short replay has fewer: one peak says nothing about less than 50 ms.
PEAK_SLOTS_MIN = 10


class Stopped(Exception):
    """Something else has failed, which is why this need not go on."""


class Progress:
    """A line for every hundredth. Whoever started this is gone when nobody reads them, and then it ends too."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since = self._until = self._done = 0.0
        self._total, self._said = 1.0, -1
        self._is_stopped = False

    def stop(self) -> None:
        """Whoever notes progress from now on is stopped."""
        self._is_stopped = True

    def begin(self, until: float, total: float) -> None:
        """What comes is `total` of something and brings it to `until`, of 1."""
        self._since, self._until, self._done, self._total = self._until, until, 0.0, max(1.0, total)

    def note(self, done: float) -> None:
        if self._is_stopped:
            raise Stopped
        with self._lock:
            self._done += done
            share = self._since + (self._until - self._since) * min(1.0, self._done / self._total)
            if int(100 * share) > self._said:
                self._said = int(100 * share)
                print(f"progress {share:.2f}", flush=True)


def waveform(peaks: np.ndarray) -> list[int]:
    """0..255, of peaks of slots of 5 ms; 255 is the loudest of them."""
    if not len(peaks) or not peaks.max():
        return []
    count = max(1, min(PEAKS_MAX, len(peaks) // PEAK_SLOTS_MIN))
    edges = np.linspace(0, len(peaks), count, endpoint=False).astype(int)
    highest = np.maximum.reduceat(peaks, edges)
    return np.round(highest * (255 / highest.max())).astype(int).tolist()


def decibels(amplitude: float) -> float | None:
    """None for silence, which JSON has no number for."""
    return round(20 * float(np.log10(amplitude)), 2) if amplitude > 0 else None


def write(path: Path, result: dict) -> None:
    aside = path.with_name(f"{path.name}.part")
    with aside.open("w") as file:
        json.dump(result, file)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
