"""From the pieces of a stream to 20 ms of samples at a time: decoding, mending, silence, and just enough delay.

Used by uplink.py. libopus fills holes, out of FEC data where there are any (RFC 6716 section 2.1.7).
"""

import contextlib
import math
from collections import deque

import numpy as np

from rooms.relay.jitter import Hole, JitterBuffer, Packet, Pause
from rooms.relay.levels import SILENT
from rooms.relay.opus import (
    FRAME_SAMPLES,
    PACKET_SAMPLES_MAX,
    SAMPLE_RATE,
    Decoder,
    OpusError,
    has_fec,
)
from rooms.relay.stretch import FADE_IN, FADE_OUT, LAG_MAX, LAG_MIN, OVERLAP, cross_fade, lengthen, shorten

# Concealment is guesswork, and ends after so many samples.
CONCEALED_MAX = 5 * FRAME_SAMPLES
# Packets that a decoder is fed before its sound is heard again: it predicts from what it decoded last.
WARM_PACKETS = 3
# Delay is shed when so many ticks in a row had more than the target and so much (s): late ticks look like delay.
SPARE_SECONDS = 0.003
LACKING_SECONDS = 0.0002
SURPLUS_TICKS = 8
# Ticks between two changes of delay that are cross-faded into speech.
REST_TICKS = 2
# So much too much delay (s) is dropped at once.
HOPELESS_SECONDS = 0.15
# libopus conceals in steps of 2.5 ms.
STEP = 120
TICK_SECONDS = FRAME_SAMPLES / SAMPLE_RATE
QUIET = 10 ** (-60 / 20)

EMPTY = np.zeros(0, np.float32)


class Playout:
    """Samples in order, from a JitterBuffer that has begun to play.

    `played`, `concealed` and `recovered` count samples as Uplink says; `delay` is in seconds.
    """

    def __init__(self, jitter: JitterBuffer) -> None:
        self.played = self.concealed = self.recovered = 0
        self._jitter = jitter
        self._decoder = Decoder()
        self.reset()

    def reset(self) -> None:
        """Forgets the stream; counters go on."""
        self.delay = 0.0
        self._decoder.reset()
        self._samples = self._before = EMPTY
        self._level = SILENT
        self._latest: deque[bytes] = deque(maxlen=WARM_PACKETS)
        self._is_cold = self._is_sounding = False
        # While nothing came, which may turn out to have been a pause: samples concealed, and silent after that.
        self._guessed = self._unheard = 0
        self._concealed_in_row = 0
        self._surplus: deque[float] = deque(maxlen=SURPLUS_TICKS)
        self._rested = 0

    def level_due(self) -> float | None:
        """dBov of the next 20 ms according to the client; None when it does not say."""
        needed = FRAME_SAMPLES - len(self._samples)
        begun = self._level if len(self._samples) else SILENT
        packet = self._jitter.due(needed) if needed > 0 else None
        if packet is None or packet.is_silent:
            return begun
        return None if packet.level is None else max(packet.level, begun)

    def produce(self, now: float, wanted: bool = True) -> np.ndarray:
        """The next 960 samples. Unless `wanted` they are zeros, and nothing is decoded."""
        was_cold, self._is_cold = self._is_cold, not wanted
        if was_cold and wanted:
            self._warm_up()
        if self._is_cold:
            self._samples = np.zeros_like(self._samples)
        slack, rest = self._jitter.slack(now), len(self._samples)
        self.delay = max(0.0, slack + rest / SAMPLE_RATE)
        self._fill(FRAME_SAMPLES, now)
        self._keep_delay(now, slack + rest // FRAME_SAMPLES * TICK_SECONDS)
        if was_cold and wanted:
            self._samples = np.concatenate((self._samples[:OVERLAP] * FADE_IN, self._samples[OVERLAP:]))
        frame, self._samples = self._samples[:FRAME_SAMPLES], self._samples[FRAME_SAMPLES:]
        self._before = frame
        return frame

    def _fill(self, count: int, now: float) -> None:
        while len(self._samples) < count:
            piece = self._next_piece(now)
            self._samples = np.concatenate((self._samples, piece)) if len(self._samples) else piece

    def _next_piece(self, now: float) -> np.ndarray:
        jitter = self._jitter
        if self._guessed and len(jitter):
            # Sound may end without a word of it, as with DTX: then nothing was missing.
            made_up = -self._guessed if jitter.was_pause() else self._unheard
            self.played += made_up
            self.concealed += made_up
            self._guessed = self._unheard = 0
        piece = jitter.pop(now)
        if isinstance(piece, Packet):
            return self._decode(piece)
        if isinstance(piece, Hole):
            return self._mend(piece)
        if isinstance(piece, Pause):
            return self._silence(piece.samples)
        waited = jitter.wait()
        if waited > CONCEALED_MAX:
            self._unheard += FRAME_SAMPLES
        if not 0 < waited <= CONCEALED_MAX:
            return self._silence(FRAME_SAMPLES)
        self._guessed += FRAME_SAMPLES
        return self._conceal(FRAME_SAMPLES)

    def _decode(self, packet: Packet) -> np.ndarray:
        self._level = SILENT if packet.is_silent or packet.level is None else packet.level
        self._concealed_in_row = 0
        if packet.is_silent:
            return self._silence(packet.samples)
        self._latest.append(packet.payload)
        if self._is_cold:
            return np.zeros(packet.samples, np.float32)
        try:
            samples = self._decoder.decode(packet.payload)
        except OpusError:
            self._jitter.lost += 1
            return self._conceal(packet.samples)
        self.played += packet.samples
        return self._sound(samples)

    def _mend(self, hole: Hole) -> np.ndarray:
        samples = min(max(1, round(hole.samples / STEP)) * STEP, PACKET_SAMPLES_MAX)
        if self._is_cold or hole.following is None or not has_fec(hole.following.payload):
            return self._conceal(samples)
        self._concealed_in_row = 0
        self.played += samples
        self.recovered += samples
        return self._sound(self._decoder.recover(hole.following.payload, samples))

    def _conceal(self, samples: int) -> np.ndarray:
        if self._is_cold:
            return np.zeros(samples, np.float32)
        self.played += samples
        self.concealed += samples
        self._concealed_in_row += samples
        if self._concealed_in_row > CONCEALED_MAX:
            return self._silence(samples)
        return self._sound(self._decoder.conceal(samples))

    def _silence(self, samples: int) -> np.ndarray:
        silence = np.zeros(samples, np.float32)
        if self._is_sounding and not self._is_cold:
            end = min(OVERLAP, samples)
            silence[:end] = (self._decoder.conceal(OVERLAP) * FADE_OUT)[:end]
        self._is_sounding = False
        return silence

    def _sound(self, samples: np.ndarray) -> np.ndarray:
        if not self._is_sounding:
            start = min(OVERLAP, len(samples))
            samples[:start] *= FADE_IN[:start]
            self._is_sounding = True
        return samples

    def _warm_up(self) -> None:
        """What was skipped undecoded is decoded unheard, so that the next packet starts without a click."""
        self._is_sounding = True
        self._decoder.reset()
        decoded = [EMPTY]
        for payload in self._latest:
            with contextlib.suppress(OpusError):
                decoded.append(self._decoder.decode(payload))
        if len(self._samples):
            # The beginning of the packet that is being played.
            before = np.concatenate((np.zeros_like(self._samples), *decoded))
            self._samples = before[-len(self._samples) :]

    def _keep_delay(self, now: float, slack: float) -> None:
        """Brings the delay nearer to its target, by what is about to be played.

        `slack` is what the fastest packet had when the decoder needed it, which is only at ticks: it moves in whole
        ticks, and any delay beyond that is of no use.
        """
        target = self._jitter.target(now) + max(0, FRAME_SAMPLES - self._jitter.highest.samples) / SAMPLE_RATE
        self._rested += 1
        lacking = slack + math.ceil((target - slack) / TICK_SECONDS) * TICK_SECONDS - self.delay
        spare = target + SPARE_SECONDS
        self._surplus.append(self.delay - slack - math.ceil((spare - slack) / TICK_SECONDS) * TICK_SECONDS)
        quiet = self._is_cold or float(np.abs(self._samples[:FRAME_SAMPLES]).max()) < QUIET
        change = 0
        if lacking > LACKING_SECONDS and not self._guessed:
            change = self._add_delay(math.ceil(lacking * SAMPLE_RATE), quiet)
        elif len(self._surplus) == SURPLUS_TICKS:
            here = self._jitter.buffered + len(self._samples) - FRAME_SAMPLES
            change = -self._shed_delay(min(int(min(self._surplus) * SAMPLE_RATE), here), quiet, now)
        if change:
            self._surplus = deque((each + change / SAMPLE_RATE for each in self._surplus), maxlen=SURPLUS_TICKS)

    def _add_delay(self, samples: int, quiet: bool) -> int:
        """Returns by how much, in samples; up to 20 ms unless it is `quiet`."""
        before = len(self._samples)
        if quiet:
            self._samples = np.concatenate((np.zeros(samples, np.float32), self._samples))
        elif len(self._before) >= LAG_MAX:
            self._samples = lengthen(self._before, self._samples, min(samples, LAG_MAX))
        return len(self._samples) - before

    def _shed_delay(self, samples: int, quiet: bool, now: float) -> int:
        """Returns by how much, in samples; by at most 20 ms unless it is `quiet` or hopeless."""
        if samples < LAG_MIN:
            return 0
        if quiet:
            samples = min(samples, len(self._samples))
            self._samples = self._samples[samples:]
        elif samples > HOPELESS_SECONDS * SAMPLE_RATE:
            heard, self._samples = self._samples, EMPTY
            self._jitter.skip(samples - len(heard))
            self._fill(FRAME_SAMPLES, now)
            self._samples = cross_fade(heard, self._samples)
        elif self._rested >= REST_TICKS:
            samples = self._shorten(samples, now)
        else:
            return 0
        self._fill(FRAME_SAMPLES, now)
        return samples

    def _shorten(self, samples: int, now: float) -> int:
        while len(self._samples) < FRAME_SAMPLES + LAG_MAX and self._jitter.has_next:
            self._samples = np.concatenate((self._samples, self._next_piece(now)))
        before = len(self._samples)
        most = min(samples, LAG_MAX, before - FRAME_SAMPLES)
        if most < LAG_MIN:
            return 0
        self._samples = shorten(self._samples, most)
        # Looked for again no sooner either when nothing was found.
        self._rested = 0
        return before - len(self._samples)
