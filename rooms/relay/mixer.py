"""Sums open microphones in 20 ms ticks: the mix for all and, for a voice that is in it, the mix without it.

Called by live_room.py. Pure signal processing on float32 at 48 kHz mono: no sockets, no clock, no idea of seats or
gates; what is not handed in is not heard.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rooms.relay.levels import AUDIBLE, SILENT, Gain, Limiter, Selector, level
from rooms.relay.opus import DTX_BYTES, FRAME_SAMPLES, Encoder

# The CSRC count has four bits (RFC 3550 section 5.1).
CSRC_MAX = 15

# A voice is named as talking this long after it was last audible: gaps between syllables should not make its ring
# flicker.
TALKING_TICKS = 10
# Two encoders that hear the same come to write the same, mostly within a second or two: after so many equal frames a
# listener's decoder goes from one to the other without hearing it. It may also go where there is next to nothing to
# hear (dBov). Steady noise may give neither, so what counts as next to nothing rises with every tick (dB).
EQUAL_FRAMES = 3
CALM = -45.0
HURRY = 0.05
LEVEL_QUIETEST = 127

SILENCE = np.zeros(FRAME_SAMPLES, np.float32)
SILENCE.setflags(write=False)
# 5 ms in which a voice that begins or stops between two frames comes or goes.
EDGE_SAMPLES = 240
EDGE = np.linspace(0, 1, EDGE_SAMPLES, dtype=np.float32)


@dataclass(frozen=True)
class Media:
    """One Opus frame, the CSRCs of the voices in it, and for each its level in -dBov (0..127, RFC 6465 section 3)."""

    payload: bytes
    csrcs: tuple[int, ...] = ()
    levels: tuple[int, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Nothing to hear: the encoder's DTX frame."""
        return len(self.payload) <= DTX_BYTES


class Stream:
    """A limiter and an encoder: one sum becoming one sequence of Opus frames."""

    def __init__(self) -> None:
        self._limiter = Limiter()
        self._encoder = Encoder()

    def follow(self, other: "Stream") -> None:
        """Goes on exactly where `other` is now: a decoder that follows may change over unheard."""
        self._limiter.follow(other._limiter)
        self._encoder.follow(other._encoder)

    def encode(self, total: np.ndarray, is_empty: bool) -> bytes:
        """One frame. Frames shrink to nothing while nobody is in the sum."""
        self._encoder.set_dtx(is_empty)
        return self._encoder.encode(self._limiter.limit(total))


class Voice:
    """What the mixer remembers of one microphone, from its first sound to when its listener side is back in the mix
    for all. `apart` is the mix without this voice while somebody hears that."""

    def __init__(self, gain: Gain) -> None:
        self.csrc = 0
        self.level = LEVEL_QUIETEST
        self.talking = 0
        self.apart: Stream | None = None
        self._gain = gain
        self._equal = self._lingering = 0
        self._tail: np.ndarray | None = None

    @property
    def gap(self) -> int:
        """Ticks since it was last audible, while a sound that comes now belongs to the same words."""
        return TALKING_TICKS - self.talking if self.talking else 0

    def hear(self, samples: np.ndarray | None, loudness: float) -> np.ndarray | None:
        """Its part of the sum, at its gain and without steps; None when it has none."""
        self.talking = TALKING_TICKS if loudness >= AUDIBLE else max(0, self.talking - 1)
        if samples is None:
            self.level = LEVEL_QUIETEST
            return self._stop()
        part = self._gain.apply(samples, loudness)
        self.level = min(LEVEL_QUIETEST, max(0, round(-loudness - self._gain.db)))
        if self._tail is None:
            part = part.copy()
            part[:EDGE_SAMPLES] *= EDGE
        self._tail = part[-EDGE_SAMPLES:]
        return part

    def compare(self, speaks: bool, same: bool) -> None:
        """Notes whether the mix apart came out as the mix for all, while both were of the same voices."""
        self._lingering = 0 if speaks else self._lingering + 1
        self._equal = self._equal + 1 if same and not speaks else 0

    def may_return(self, loudness: float) -> bool:
        """Whether the mix for all may follow the mix apart; `loudness` is of what both hold now (dBov)."""
        return self._equal >= EQUAL_FRAMES or loudness < CALM + HURRY * self._lingering

    def _stop(self) -> np.ndarray | None:
        tail, self._tail = self._tail, None
        if tail is None:
            return None
        part = SILENCE.copy()
        part[:EDGE_SAMPLES] = tail[::-1] * EDGE[::-1]
        return part


class Mixer:
    """The voices of one Space. In each tick `choose` says which microphones to decode, and `tick` takes the samples of
    all and gives the frames to send."""

    def __init__(self) -> None:
        self._gains: dict[str, Gain] = {}
        self._talked: defaultdict[str, int] = defaultdict(int)
        self._begin()

    def _begin(self) -> None:
        self._voices: dict[str, Voice] = {}
        self._selector = Selector()
        self._shared = Stream()
        # Of the last two sums, the louder (dBov).
        self._loudness = self._loudness_before = SILENT
        self._has_ticked = False

    def choose(self, levels: Mapping[str, float]) -> set[str]:
        """The few microphones worth decoding now, of all open ones and their levels (dBov)."""
        return self._selector.choose(levels)

    def forget(self, name: str) -> None:
        """A shut gate: this voice is in no mix from the next tick on. Its gain is kept for when the gate opens.

        For an end without a click the next frame still has the 5 ms that the limiter looked ahead and a fade of 5 ms;
        after it only the codec rings out. In packets of 60 ms all this, and what was said before, leaves up to 40 ms
        later.
        """
        if name in self._voices:
            self._voices[name].talking = 0

    def flush(self) -> None:
        """Forgets all that was said, as nobody hears what comes next after it; gains stay."""
        if self._has_ticked:
            self._begin()

    def retain(self, names: Collection[str]) -> None:
        """Keeps the gains of these alone: whoever is not among them will not be heard again soon."""
        for name in self._gains.keys() - names:
            del self._gains[name]

    def take_talked(self) -> dict[str, int]:
        """For how many ticks each voice has talked since the last call.

        Those in which it was audible in the mix, and the gaps between them as long as it is named as talking; what
        follows the last of them is not counted. What is loud enough to be named counts, be it speech or not.
        """
        talked, self._talked = self._talked, defaultdict(int)
        return talked

    def tick(
        self,
        samples: Mapping[str, np.ndarray | None],
        csrcs: Mapping[str, int],
        listening: Collection[str],
        announced: np.ndarray | None = None,
    ) -> tuple[Media, dict[str, Media]]:
        """Returns (the mix for all, name -> the mix without that name's voice).

        `samples` has one entry per open microphone, None where nothing was decoded. The second result covers those of
        `listening` whose voice is in the mix, or was until lately; all others hear the first. `announced` is in all of
        them, and nobody's voice.
        """
        self._has_ticked = True
        parts = self._hear(samples, csrcs)
        said = [] if announced is None else [announced]
        total = _sum([*parts.values(), *said])
        loudness = level(total)
        self._loudness, self._loudness_before = max(loudness, self._loudness_before), loudness
        talking = [(name, voice.csrc, voice.level) for name, voice in self._voices.items() if voice.talking]
        without = [name for name in self._voices if name in listening and self._goes_apart(name, name in parts)]
        mix = _media(self._shared, total, not parts and not said, talking)
        own = {}
        for name in without:
            # Summed anew and not subtracted: a float difference would leave a trace of one's own voice.
            others = [part for other, part in parts.items() if other != name] + said
            rest = _sum(others) if name in parts else total
            heard = _media(self._voices[name].apart, rest, not others, [each for each in talking if each[0] != name])
            self._voices[name].compare(name in parts, heard.payload == mix.payload)
            own[name] = heard
        for name, voice in list(self._voices.items()):
            if name not in own:
                voice.apart = None
            if name not in samples and name not in own:
                del self._voices[name]
        return mix, own

    def _hear(self, samples: Mapping[str, np.ndarray | None], csrcs: Mapping[str, int]) -> dict[str, np.ndarray]:
        """What each voice adds to the sum in this tick."""
        for name in samples:
            if name not in self._voices:
                self._voices[name] = Voice(self._gains.setdefault(name, Gain()))
            self._voices[name].csrc = csrcs[name]
        parts = {}
        for name, voice in self._voices.items():
            frame = samples.get(name)
            loudness = SILENT if frame is None else level(frame)
            self._selector.measured(name, loudness)
            if loudness >= AUDIBLE:
                self._talked[name] += 1 + voice.gap
            part = voice.hear(frame, loudness)
            if part is not None:
                parts[name] = part
        return parts

    def _goes_apart(self, name: str, speaks: bool) -> bool:
        """Whether this voice's listener side hears a mix of its own; begins one where the mix for all stands."""
        voice = self._voices[name]
        if not speaks:
            return voice.apart is not None and not voice.may_return(self._loudness)
        if voice.apart is None:
            voice.apart = Stream()
            voice.apart.follow(self._shared)
        return True


def _sum(voices: Iterable[np.ndarray]) -> np.ndarray:
    return sum(voices, start=SILENCE)


def _media(stream: Stream, total: np.ndarray, is_empty: bool, talking: Sequence[tuple[str, int, int]]) -> Media:
    named = talking[:CSRC_MAX]
    csrcs, levels = tuple(csrc for _, csrc, _ in named), tuple(level for _, _, level in named)
    return Media(stream.encode(total, is_empty), csrcs, levels)
