"""Voices that can be told apart and timed: short tones at moments that are noted, and where they lie in a sound."""

import time
from collections.abc import Iterator

import numpy as np

from rooms.relay.opus import FRAME_SAMPLES, Encoder
from tests.support.sound import RATE

FRAME_SECONDS = FRAME_SAMPLES / RATE
BURST_SECONDS = 0.2
HOP = RATE // 200
WINDOW = RATE // 50
LOUD = 0.2


class Burster:
    """Opus packets of 20 ms without end: a burst of `tone` (Hz) every `every` seconds, the first after `first`.
    Another connection goes on with it where the one before stopped.

    `sent` is when each began (Unix time, s), by the count of packets as RTP counts time, and whether that was while
    `audible`, which whoever mutes them sets to None for as long as nobody can say which: None where that changed.
    """

    def __init__(self, tone: float, *, every: float, first: float = 1.0) -> None:
        self.audible: bool | None = False
        self.sent: list[tuple[float, bool | None]] = []
        self._every, self._next = every, time.time() + first
        frames = round(BURST_SECONDS / FRAME_SECONDS)
        at = np.arange(frames * FRAME_SAMPLES) / RATE
        self._burst = (0.25 * np.sin(2 * np.pi * tone * at)).astype(np.float32).reshape(frames, FRAME_SAMPLES)

    def __iter__(self) -> Iterator[bytes]:
        encoder, now = Encoder(), time.time()
        silence = np.zeros(FRAME_SAMPLES, np.float32)
        while True:
            if now < self._next:
                yield encoder.encode(silence)
                now += FRAME_SECONDS
                continue
            self._next = max(self._next, now) + self._every
            began, audible = now, self.audible
            for frame in self._burst:
                yield encoder.encode(frame)
                now += FRAME_SECONDS
            self.sent.append((began, audible if self.audible == audible else None))


def onsets(samples: np.ndarray, tone: float) -> list[float]:
    """Seconds at which bursts of that tone begin: where its loudness passes a share of what it has in bursts. A replay
    that would become too loud makes bursts that come together quieter, to a third and less."""
    loudness = _loudness(samples, tone)
    if not len(loudness) or loudness.max() < 0.005:
        return []
    loud = loudness > LOUD * loudness.max()
    begins = np.flatnonzero(loud & ~np.concatenate([[False], loud[:-1]]))
    # As much of the window lies in the burst as there is of its loudness.
    found = [(begin * HOP + (1 - LOUD) * WINDOW) / RATE for begin in begins]
    return [at for number, at in enumerate(found) if number == 0 or at - found[number - 1] > BURST_SECONDS]


def _loudness(samples: np.ndarray, tone: float) -> np.ndarray:
    """Amplitude at that frequency within 20 ms, every 5 ms; a minute at a time, for the memory of it."""
    parts, carried = [], np.zeros(0, np.float32)
    for since in range(0, len(samples), 60 * RATE):
        part = np.concatenate([carried, samples[since : since + 60 * RATE]])
        at = (np.arange(len(part)) + since - len(carried)) / RATE
        sums = np.concatenate([[0], np.cumsum(part * np.exp(-2j * np.pi * tone * at))])
        count = max(0, (len(part) - WINDOW) // HOP + 1)
        begins = np.arange(count) * HOP
        parts.append(2 * np.abs(sums[begins + WINDOW] - sums[begins]) / WINDOW)
        carried = part[count * HOP :]
    return np.concatenate(parts) if parts else np.zeros(0)
