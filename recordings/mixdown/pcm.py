"""The mix between its two passes: 16-bit samples in a file, so that memory does not grow with the hours.

Used by mix.py and redact.py.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from recordings.mixdown.encode import WHOLE
from recordings.mixdown.loudness import Curve, Meter

# Room for what several voices are together: 12 dB.
_FULL = 32767 / 4
_CHUNK = 10 * WHOLE


class Pcm:
    """Written once from the start to the end, measured on the way, then read as often as one likes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.samples = 0
        self.meter = Meter()
        self._file = path.open("wb")

    def add(self, samples: np.ndarray | None, count: int) -> None:
        """`count` samples; None is silence, and takes no room on most filesystems."""
        self.samples += count
        self.meter.add(np.zeros(count, np.float32) if samples is None else samples)
        if samples is None:
            self._file.seek(2 * count, 1)
        else:
            self._file.write(np.clip(samples * _FULL, -32768, 32767).round().astype("<i2"))

    def finish(self) -> None:
        self._file.truncate(2 * self.samples)
        self._file.close()
        self.meter.finish()

    def under(self, curve: Curve, lead: int, end: int) -> Iterator[np.ndarray]:
        """What lies between two samples, as loud as the curve of that part has it, filled up to WHOLE."""
        with self.path.open("rb") as file:
            file.seek(2 * lead)
            for start in range(0, end - lead, _CHUNK):
                count = min(_CHUNK, end - lead - start)
                samples = np.fromfile(file, "<i2", count).astype(np.float32) / np.float32(_FULL)
                samples = np.clip(curve.apply(samples, start), -1, 1)
                yield np.concatenate((samples, np.zeros(-count % WHOLE, np.float32)))
