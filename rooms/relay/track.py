"""One open microphone on its way into segments: packets in order, holes filled, each at its place in time.

Used by capture.py's writing thread alone. Packets wait half a second here, for those that changed places and for those
asked for again; then they are written as they are, never decoded.

Media time is when the fastest packets of these seconds came, so that neither jitter nor the sender's clock moves it:
each segment is placed anew. Where that differs little from where the last one ended it just goes on.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from rooms.relay import ogg
from rooms.relay.jitter import Packet, Stream
from rooms.relay.opus import SAMPLE_RATE, is_whole
from rooms.relay.segments import SEGMENT_SAMPLES, Part

HOLD_SECONDS = 0.5
# A longer hole (samples) ends the segment.
HOLE_MAX = SAMPLE_RATE
# So much (µs) a segment may lie beside its place in time.
DRIFT_US = 15_000
# So much (µs) more sound than time there may be; what a sender has beyond that is left out.
AHEAD_US = 1_000_000
# Nothing is placed longer than this before it came, whatever its sender says of its time.
LATE_SECONDS = 2.0
# Congestion delays even the fastest packet of a few seconds; a clock that is off by 100 ppm moves 2 ms in these.
BASE_SECONDS = 10.0


class Taken(NamedTuple):
    """A packet as it came. `arrived` is monotonic seconds."""

    ssrc: int
    sequence: int
    timestamp: int
    samples: int
    payload: bytes
    arrived: float


class Track:
    """`wall` turns monotonic seconds into Unix time (µs); `finished` hears of each segment that is whole.

    What writes may raise OSError; then `abandon` it.
    """

    def __init__(self, folder: Path, wall: Callable[[float], int], finished: Callable[[], None]) -> None:
        self._folder, self._wall, self._tell_finished = folder, wall, finished
        self._part: Part | None = None
        # Where the last segment ended, Unix time in µs.
        self._ended_us = 0
        self._skipped = False
        self._toc = 0
        self._came_at = 0.0
        # When the packet came that is being written.
        self._arrived = 0.0
        self._forget_stream()

    def idle(self, now: float) -> float:
        """Seconds since something was said that is all written; 0 while there is something to write."""
        return now - self._came_at if self._part is None and not self._waiting else 0.0

    def take(self, taken: Taken) -> None:
        """Keeps a packet for its turn."""
        sequence, timestamp = self._stream.unwrap(taken.sequence, taken.timestamp)
        is_other = self._ssrc not in (None, taken.ssrc)
        if is_other or self._stream.is_another_stream(sequence, timestamp, taken.arrived):
            self._write_until(None)
            self._forget_stream()
            sequence, timestamp = taken.sequence, taken.timestamp
        self._ssrc, self._came_at = taken.ssrc, taken.arrived
        if sequence < self._next or sequence in self._waiting or not is_whole(taken.payload):
            return
        packet = Packet(sequence, timestamp, taken.samples, taken.payload, None)
        self._stream.arrivals.add(timestamp, taken.arrived)
        if self._stream.highest is None or sequence > self._stream.highest.sequence:
            self._stream.highest = packet
        self._waiting[sequence] = packet, taken.arrived

    def write(self, now: float) -> None:
        """What has waited long enough; and the end, when nothing came for longer than a hole may be."""
        due = [sequence for sequence, (_, arrived) in self._waiting.items() if now - arrived >= HOLD_SECONDS]
        if due:
            self._write_until(max(due))
        if not self._waiting and now - self._came_at > HOLD_SECONDS + HOLE_MAX / SAMPLE_RATE:
            self._finish()

    def end(self) -> None:
        """The gate is shut: all that came before is written, at once."""
        self._write_until(None)
        self._finish()
        self._forget_stream()

    def abandon(self) -> None:
        """After an error: what can be saved is."""
        self._waiting.clear()
        part, self._part = self._part, None
        if part is not None:
            self._ended_us = part.ended_us
            if part.abandon():
                self._tell_finished()

    def _forget_stream(self) -> None:
        self._stream = Stream(BASE_SECONDS)
        self._ssrc: int | None = None
        self._waiting: dict[int, tuple[Packet, float]] = {}
        # The number of the packet that comes next, as far as is known.
        self._next = -math.inf
        # The stream's time where the open segment ends, once it is known.
        self._at: int | None = None

    def _write_until(self, last: int | None) -> None:
        for sequence in sorted(self._waiting):
            if last is not None and sequence > last:
                return
            packet, self._arrived = self._waiting.pop(sequence)
            self._next = sequence + 1
            self._write(packet)

    def _write(self, packet: Packet) -> None:
        for payload, samples in self._missing_before(packet):
            self._add(self._at, payload, samples)
        if self._part is not None and packet.timestamp + packet.samples <= self._at:
            # Timestamps that go slower than the sound: there is no time left for it.
            return
        self._toc = packet.payload[0]
        self._add(packet.timestamp, packet.payload, packet.samples)

    def _missing_before(self, packet: Packet) -> Iterator[tuple[bytes, int]]:
        """What fills the hole before this packet; where it is too long, the segment ends instead."""
        if self._part is None:
            return
        if self._at is None:
            # Another stream, but the same person: it goes on in time.
            beyond = self._beyond_end(packet.timestamp)
            goes_on = -AHEAD_US < beyond < DRIFT_US
            self._at = packet.timestamp - (0 if goes_on else beyond * SAMPLE_RATE // 1_000_000)
        hole = packet.timestamp - self._at
        if hole > HOLE_MAX:
            self._finish()
        elif hole >= ogg.STEP:
            yield from ogg.concealing(self._toc, hole)

    def _add(self, timestamp: int, payload: bytes, samples: int) -> None:
        if self._part is not None and self._part.samples + samples > SEGMENT_SAMPLES:
            self._finish()
        if self._part is None and not self._begin(timestamp, samples):
            self._at = timestamp + samples
            return
        self._part.add(payload, samples)
        self._at += samples

    def _begin(self, timestamp: int, samples: int) -> bool:
        """Opens a segment; False where the last one ended so late that this packet is left out to make up for it."""
        drift = self._beyond_end(timestamp)
        # Most of a packet's length (µs): without it the segment lies better.
        most = samples * 750_000 // SAMPLE_RATE
        if drift <= -AHEAD_US or drift <= -max(DRIFT_US, most) and not self._skipped:
            # Usually one, which speech survives, and then none for four seconds.
            self._skipped = True
            return False
        self._part = Part(self._folder, self._ended_us + (drift if drift >= DRIFT_US else 0))
        self._at, self._skipped = timestamp, False
        return True

    def _beyond_end(self, timestamp: int) -> int:
        """How far (µs) a moment of the stream lies behind the end of the last segment, or the open one; before it, if
        negative."""
        moment = max(timestamp / SAMPLE_RATE + self._stream.arrivals.base, self._arrived - LATE_SECONDS)
        return self._wall(moment) - (self._ended_us if self._part is None else self._part.ended_us)

    def _finish(self) -> None:
        if self._part is not None:
            self._ended_us = self._part.ended_us
            self._part.finish()
            self._part = None
            self._tell_finished()
