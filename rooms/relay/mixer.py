"""Sums open microphones in 20 ms ticks: the mix for all and, for a voice that is in it, the mix without it.

Called by live_room.py. Pure signal processing on float32 at 48 kHz mono: no sockets, no clock, no idea of seats or
gates; what is not handed in is not heard.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from rooms.relay.opus import DTX_BYTES, FRAME_SAMPLES, Encoder

# The CSRC count has four bits (RFC 3550 section 5.1).
CSRC_MAX = 15

# Below -55 dBFS a microphone is a quiet room.
AUDIBLE_RMS = 10 ** (-55 / 20)
# A voice stays in the mix this long after it was last audible (ticks): words end softly, and a speaker's listener
# side then rarely switches between encoders.
IN_MIX_TICKS = 125
# It is named as talking for this long: gaps between syllables should not make its ring flicker.
TALKING_TICKS = 10
CEILING = 0.89
RELEASE_PER_TICK = 0.04

SILENCE = np.zeros(FRAME_SAMPLES, np.float32)
SILENCE.setflags(write=False)


@dataclass(frozen=True)
class Media:
    """One Opus frame and the CSRCs of the voices in it."""

    payload: bytes
    csrcs: tuple[int, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Nothing to hear: the encoder's DTX frame."""
        return len(self.payload) <= DTX_BYTES


class Limiter:
    """Turns a sum down before it clips: the gain falls within one tick and comes back over half a second."""

    def __init__(self) -> None:
        self._gain = 1.0

    def limit(self, samples: np.ndarray) -> np.ndarray:
        peak = float(np.abs(samples).max())
        wanted = min(1.0, CEILING / peak) if peak > 0 else 1.0
        before = self._gain
        self._gain = wanted if wanted < before else min(wanted, before + RELEASE_PER_TICK)
        if before == self._gain == 1.0:
            return samples
        # The ramp may leave the first samples above the ceiling; they are clipped rather than wrapped.
        ramp = np.linspace(before, self._gain, FRAME_SAMPLES, dtype=np.float32)
        return np.clip(samples * ramp, -1.0, 1.0)


@dataclass
class Voice:
    """What the mixer remembers of one open microphone."""

    csrc: int = 0
    in_mix: int = 0
    talking: int = 0
    limiter: Limiter = field(default_factory=Limiter)
    encoder: Encoder | None = None

    def hear(self, samples: np.ndarray | None) -> None:
        self.in_mix, self.talking = max(0, self.in_mix - 1), max(0, self.talking - 1)
        if samples is not None and float(np.sqrt(np.mean(np.square(samples)))) >= AUDIBLE_RMS:
            self.in_mix, self.talking = IN_MIX_TICKS, TALKING_TICKS


class Mixer:
    """The voices of one Space. `tick` takes every open microphone's samples and gives the frames to send."""

    def __init__(self) -> None:
        self._voices: dict[str, Voice] = {}
        self._limiter = Limiter()
        self._encoder = Encoder()

    def forget(self, name: str) -> None:
        """A shut gate: this voice is in no mix from the next tick on."""
        self._voices.pop(name, None)

    def tick(
        self, samples: Mapping[str, np.ndarray | None], csrcs: Mapping[str, int], apart: Collection[str]
    ) -> tuple[Media, dict[str, Media]]:
        """Returns (the mix for all, name -> the mix without that name's voice).

        `samples` has one entry per open microphone, None where nothing arrived in time. The second result covers
        those of `apart` (who listen as well) whose voice is in the mix; all others hear the first.
        """
        for name in self._voices.keys() - samples.keys():
            del self._voices[name]
        heard: dict[str, np.ndarray] = {}
        for name, frame in samples.items():
            voice = self._voices.setdefault(name, Voice())
            voice.csrc = csrcs[name]
            voice.hear(frame)
            if voice.in_mix and frame is not None:
                heard[name] = frame
        total = sum(heard.values(), start=SILENCE)
        talking = {name: voice.csrc for name, voice in self._voices.items() if voice.talking}
        mix = Media(self._encoder.encode(self._limiter.limit(total)), tuple(talking.values())[:CSRC_MAX])
        without = {
            name: self._without(name, total, heard, talking)
            for name in apart
            if name in self._voices and self._voices[name].in_mix
        }
        return mix, without

    def _without(self, name: str, total: np.ndarray, heard: Mapping, talking: Mapping[str, int]) -> Media:
        voice = self._voices[name]
        voice.encoder = voice.encoder or Encoder()
        # Summed anew and not subtracted: a float difference would leave a trace of one's own voice.
        others = sum((frame for other, frame in heard.items() if other != name), start=SILENCE)
        csrcs = tuple(csrc for other, csrc in talking.items() if other != name)
        return Media(voice.encoder.encode(voice.limiter.limit(others)), csrcs[:CSRC_MAX])
