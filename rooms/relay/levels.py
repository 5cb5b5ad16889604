"""Loudness: which microphones are worth decoding, how far each voice is turned up or down, and what ends a sum.

Used by mixer.py: a Selector per Space, a Gain per speaker, a Limiter per encoder, each advanced once per 20 ms. Levels
are in dBov as in RFC 6464 section 3: the RMS of the samples against full scale (1.0), -127..0; uplink.py and playout.py
measure with the same. No sockets, no clock.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rooms.relay.opus import FRAME_SAMPLES, SAMPLE_RATE

SILENT = -127.0
# Below this a microphone is a quiet room.
AUDIBLE = -55.0


def level(samples: np.ndarray) -> float:
    """dBov of float32 samples."""
    power = float(np.dot(samples, samples)) / len(samples)
    return max(SILENT, 10 * math.log10(power)) if power > 0 else SILENT


@dataclass
class _Candidate:
    """One open microphone: `claimed` follows what its packets say, `heard` what was decoded.

    `trusted` is the most that a claim counts for: a client may write any level into its packets.
    """

    claimed: float
    heard: float
    trusted: float = 0.0
    hangover: int = 0

    @property
    def score(self) -> float:
        return min(self.claimed, self.trusted)


class Selector:
    """The few loudest of many open microphones.

    Levels rise at once and fall slowly, so that syllables do not count; who is in stays in through a pause, and whoever
    wants the place of somebody has to be clearly louder.
    """

    PLACES = 5
    HANGOVER_TICKS = 25
    # The share of a rise that counts in the tick it happens: a single click is not yet a talker.
    ATTACK = 0.8
    RELEASE = 0.2
    LOWEST = -70.0
    # By so much (dB) a newcomer must be louder than the one it replaces.
    HYSTERESIS = 6.0
    # A claim may be so far (dB) above what is heard; trust is lost in half a second and comes back by 1 dB/s.
    MARGIN = 10.0
    DISTRUST = 4.0
    FORGIVENESS = 0.02

    def __init__(self) -> None:
        self._candidates: dict[str, _Candidate] = {}
        self._chosen: set[str] = set()

    def choose(self, levels: Mapping[str, float]) -> set[str]:
        """The microphones to decode in this tick, of all open ones and the levels of what each has to play."""
        for name in self._candidates.keys() - levels.keys():
            del self._candidates[name]
        for name, claimed in levels.items():
            self._follow(name, claimed)
        stay = {name for name in self._chosen if name in levels and self._candidates[name].hangover}
        queue = [name for name in levels if name not in stay and self._candidates[name].hangover]
        for name in sorted(queue, key=self._score, reverse=True):
            if len(stay) >= self.PLACES:
                weakest = min(stay, key=self._score)
                if self._score(name) < self._score(weakest) + self.HYSTERESIS:
                    break
                stay.remove(weakest)
            stay.add(name)
        self._chosen = stay
        return set(stay)

    def measured(self, name: str, heard: float) -> None:
        """What a microphone turned out to be like (dBov) once decoded; for one that was not chosen it means nothing."""
        if name in self._chosen:
            candidate = self._candidates[name]
            candidate.heard = self._smooth(candidate.heard, heard)
            plausible = min(0.0, candidate.heard + self.MARGIN)
            candidate.trusted = max(plausible, candidate.trusted - self.DISTRUST)

    def _follow(self, name: str, claimed: float) -> None:
        candidate = self._candidates.get(name)
        if candidate is None:
            candidate = self._candidates[name] = _Candidate(self.LOWEST, self.LOWEST)
        candidate.claimed = self._smooth(candidate.claimed, claimed)
        if name not in self._chosen:
            candidate.heard = self.LOWEST
            candidate.trusted = min(0.0, candidate.trusted + self.FORGIVENESS)
        audible = min(claimed, candidate.trusted) >= AUDIBLE
        candidate.hangover = self.HANGOVER_TICKS if audible else max(0, candidate.hangover - 1)

    def _smooth(self, before: float, now: float) -> float:
        if now > before:
            return before + self.ATTACK * (now - before)
        return max(self.LOWEST, now, before - self.RELEASE)

    def _score(self, name: str) -> float:
        return self._candidates[name].score


class Gain:
    """Brings one speaker slowly to the loudness of speech, whatever their microphone.

    Only what stands out of the background is measured, and only then the gain moves: a pause is not turned up.
    """

    TARGET = -20.0
    RANGE = 15.0
    # dB per frame of speech: 6 dB/s up and 12 dB/s down, about half of that with the pauses of speech.
    RISE, FALL = 0.12, 0.24
    # Speech is this far above the background and no further below its own peaks (dB).
    ABOVE_NOISE, BELOW_PEAK = 8.0, 20.0
    # The background follows a rise by 5 dB/s, the peak a fall.
    DRIFT = 0.1
    # Frames of speech in the running average: a second.
    MEMORY = 50
    RAMP = np.arange(1, FRAME_SAMPLES + 1, dtype=np.float32) / FRAME_SAMPLES

    def __init__(self) -> None:
        self.db = 0.0
        self._noise = 0.0
        self._peak = SILENT
        self._power = 0.0
        self._frames = 0
        self._before = 1.0

    def apply(self, samples: np.ndarray, loudness: float) -> np.ndarray:
        """One frame at the right level, without a step; `loudness` is the frame's own (dBov)."""
        self.follow(loudness)
        before, self._before = self._before, 10 ** (self.db / 20)
        if before == self._before:
            return samples if before == 1.0 else samples * np.float32(before)
        return samples * (np.float32(before) + np.float32(self._before - before) * self.RAMP)

    def follow(self, loudness: float) -> None:
        """Moves `db` for one frame, which whoever calls this turns up or down in its own way."""
        if loudness < AUDIBLE:
            return
        self._noise = min(loudness, self._noise + self.DRIFT)
        self._peak = max(loudness, self._peak - self.DRIFT)
        if loudness < max(self._noise + self.ABOVE_NOISE, self._peak - self.BELOW_PEAK):
            return
        self._frames = min(self._frames + 1, self.MEMORY)
        self._power += (10 ** (loudness / 10) - self._power) / self._frames
        wanted = self.TARGET - 10 * math.log10(self._power)
        step = min(self.RANGE, max(-self.RANGE, wanted)) - self.db
        self.db += min(self.RISE, max(-self.FALL, step))


class Limiter:
    """Keeps a sum below the ceiling by turning it down just before it would pass: no clipping, no steps in the gain.

    Looks 5 ms ahead and delays by as much, always. Gains are worked out per millisecond and run straight in between:
    the lowest of what the blocks ahead allow, let go slowly, then averaged over the way ahead.
    """

    # -2 dBFS: what Opus makes of a full sum is up to 1 dB louder.
    CEILING = 0.79
    BLOCK = SAMPLE_RATE // 1000
    AHEAD = 5
    # Per millisecond, of what is missing to 1: back within half a second.
    RELEASE = 1 / 150
    SAMPLES = AHEAD * BLOCK
    RAMP = np.arange(1, BLOCK + 1) / BLOCK
    AVERAGE = np.full(AHEAD, 1 / AHEAD)

    def __init__(self) -> None:
        self._waiting = np.zeros(self.SAMPLES, np.float32)
        self._rest()

    def limit(self, samples: np.ndarray) -> np.ndarray:
        """960 samples in, 960 out, 240 late; never above CEILING."""
        line = np.concatenate((self._waiting, samples))
        self._waiting = line[FRAME_SAMPLES:]
        if self._resting and max(samples.max(), -samples.min()) <= self.CEILING:
            return line[:FRAME_SAMPLES]
        gains = self._gains(samples)
        blocks = line[:FRAME_SAMPLES].reshape(-1, self.BLOCK)
        curve = gains[:-1, None] + np.diff(gains)[:, None] * self.RAMP
        return (blocks * curve).astype(np.float32).ravel()

    def follow(self, other: "Limiter") -> None:
        """Goes on from where `other` is now."""
        self._waiting = other._waiting
        self._allowed, self._held, self._last = other._allowed, other._held, other._last
        self._resting = other._resting

    def _gains(self, samples: np.ndarray) -> np.ndarray:
        """The gain at the start of each block that leaves now, and at the end of the last."""
        peaks = np.abs(samples).reshape(-1, self.BLOCK).max(axis=1)
        allowed = np.concatenate((self._allowed, self.CEILING / np.maximum(peaks, self.CEILING)))
        # A block's boundary gain serves two blocks, and what it must foresee are AHEAD - 1 more.
        lowest = np.lib.stride_tricks.sliding_window_view(allowed, self.AHEAD + 1).min(axis=1)
        held = self._held.tolist()
        for low in lowest.tolist():
            held.append(min(low, held[-1] + (1 - held[-1]) * self.RELEASE))
        gains = np.concatenate(([self._last], np.convolve(held, self.AVERAGE, "valid")))
        self._allowed, self._held, self._last = allowed[-self.AHEAD :], np.array(held[1 - self.AHEAD :]), gains[-1]
        if self._last > 0.9999 and self._allowed.min() == 1.0:
            self._rest()
        else:
            self._resting = False
        return gains

    def _rest(self) -> None:
        self._resting = True
        self._allowed, self._held, self._last = np.ones(self.AHEAD), np.ones(self.AHEAD - 1), 1.0
