"""One microphone: RTP packets in, 20 ms of samples out, and the gate between them.

Fed by microphone.py with parsed packets, read by live_room.py once per tick. The gate is shut unless the Space's
seats open it; a shut gate keeps nothing, so that what was said before it shut is not heard after, but for the few ms
of Mixer.forget. No sockets here.
"""

import time
from collections.abc import Callable

import numpy as np
from aiortc.rtp import RtpPacket

from rooms.relay.capture import Tap
from rooms.relay.jitter import JitterBuffer, Packet
from rooms.relay.levels import SILENT, level
from rooms.relay.nack import Nacks
from rooms.relay.opus import OpusError, packet_samples
from rooms.relay.playout import Playout

# Where packets take more or less time than this, they may have changed places.
PATIENCE_SECONDS = 0.015


class Uplink:
    """Jitter buffer, decoder and gate of one microphone.

    `can_ask`: the client answers NACKs. Since the stream began, in samples: `played` of all that was decoded or made
    up for it, `concealed` of those made up without FEC, `recovered` by FEC; in packets: `lost` (not there in their
    turn), `late`, `discarded`. `delay` is what a packet waits now, in seconds. `clock` gives monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.open = False
        self.can_ask = False
        self._clock = clock
        self._jitter = JitterBuffer()
        self._playout = Playout(self._jitter)
        self._nacks = Nacks()
        # Decoded to know its level, and not taken yet.
        self._early: np.ndarray | None = None
        self._tap: Tap | None = None

    @property
    def played(self) -> int:
        return self._playout.played

    @property
    def concealed(self) -> int:
        return self._playout.concealed

    @property
    def recovered(self) -> int:
        return self._playout.recovered

    @property
    def delay(self) -> float:
        return self._playout.delay

    @property
    def lost(self) -> int:
        return self._jitter.lost

    @property
    def late(self) -> int:
        return self._jitter.late

    @property
    def discarded(self) -> int:
        return self._jitter.discarded

    def set_open(self, value: bool) -> None:
        if self.open and not value:
            self._reset()
            self.tap(None)
        self.open = value

    @property
    def is_tapped(self) -> bool:
        return self._tap is not None

    def tap(self, tap: Tap | None) -> None:
        """What passes the gate is captured from now on, or is no more; a gate that shuts ends it too."""
        if self._tap is not None:
            self._tap.end()
        self._tap = tap

    def flush(self) -> None:
        """Forgets what has collected, so that nobody hears old sound late."""
        if self._jitter.highest is not None:
            self._reset()

    def receive(self, packet: RtpPacket, arrived: float) -> None:
        """Keeps a packet for its turn; forgets it at once while the gate is shut. `arrived` is monotonic seconds."""
        if not self.open or not packet.payload:
            return
        try:
            samples = packet_samples(packet.payload)
        except OpusError:
            # As good as lost.
            return
        if self._tap is not None:
            self._tap.take(packet, samples, arrived)
        jitter = self._jitter
        said = packet.extensions.audio_level
        claimed = None if said is None else -float(said[1])
        sequence, timestamp = jitter.unwrap(packet.sequence_number, packet.timestamp)
        if jitter.is_another_stream(sequence, timestamp, arrived):
            self._reset()
        before = sequence if jitter.highest is None else jitter.highest.sequence
        lateness = jitter.arrivals.lateness(timestamp, arrived)
        is_repeat = self._nacks.came(sequence, arrived, lateness, jitter.arrivals.spread)
        jitter.put(Packet(sequence, timestamp, samples, packet.payload, claimed), arrived, is_repeat)
        if before + 1 < sequence:
            patience = PATIENCE_SECONDS if jitter.arrivals.spread > PATIENCE_SECONDS else 0.0
            self._nacks.missed(before + 1, sequence - 1, arrived, patience)
        jitter.wanted_delay = self._nacks.wanted_delay(arrived) if self.can_ask else 0.0

    def missing(self, now: float) -> list[int]:
        """Sequence numbers (16 bits) of lost packets to ask for now."""
        if not self.can_ask or self._jitter.highest is None:
            return []
        asked = self._nacks.due(now, lambda sequence: self._jitter.seconds_left(sequence, now))
        return [sequence & 0xFFFF for sequence in asked]

    def due(self) -> float:
        """The level (dBov, -127..0) of the next 20 ms; SILENT for silence and when nothing is there.

        Comes from the packets' headers (RFC 6464), and for a client that sends none from the decoded samples.
        """
        if not self.open or not self._jitter.begin(self._clock()):
            return SILENT
        if self._early is None:
            said = self._playout.level_due()
            if said is not None:
                return said
            self._early = self._playout.produce(self._clock())
        return level(self._early)

    def take(self, wanted: bool = True) -> np.ndarray | None:
        """The next 20 ms: 960 float32 samples, or None when the gate is shut, nothing is there or none are `wanted`.

        What is not wanted is not decoded, and the decoder is primed when it is wanted again.
        """
        now = self._clock()
        if not self.open or not self._jitter.begin(now):
            return None
        frame, self._early = self._early, None
        if frame is None:
            frame = self._playout.produce(now, wanted)
        return frame if wanted and frame.any() else None

    def _reset(self) -> None:
        self._jitter.reset()
        self._playout.reset()
        self._nacks.clear()
        self._early = None
