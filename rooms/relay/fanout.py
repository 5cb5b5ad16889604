"""The mix to every listener of a Space: which packets are made of it, and who gets which.

Called by live_room.py once per tick. Listeners whose packets are alike stand together in an Audience; per listener
there is no task, queue, timer or encoder.
"""

import random
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rooms.relay.audience import Audience, Listener
from rooms.relay.mixer import Media
from rooms.relay.opus import FRAME_SAMPLES, SAMPLE_RATE
from rooms.relay.packets import Frame, packed
from rooms.relay.port import Port

FRAME_MS = 1000 * FRAME_SAMPLES // SAMPLE_RATE
# Packets of the audience that are this long (ms) cost a third; the three phases spread them over the ticks.
LONG_PTIME = 60
LONG_FRAMES = LONG_PTIME // FRAME_MS
# In silence every so-manieth packet leaves: the page takes a stream for dead after 1.5 s without any.
SILENT_EVERY = 5


@dataclass(frozen=True)
class Shape:
    """What listeners of one Audience have in common. `phase` tells whose turn it is among long packets."""

    family: int
    frames: int
    phase: int
    levels_id: int | None


class Fanout:
    """The listeners of one Space."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._audiences: dict[Shape, Audience] = {}
        self._recent: deque[Frame] = deque(maxlen=LONG_FRAMES)
        # Small Spaces must not all have their turn in the same tick.
        self._first_phase = random.randrange(LONG_FRAMES)  # noqa: S311

    def __len__(self) -> int:
        return sum(map(len, self._audiences.values()))

    def add(self, listener: Listener) -> None:
        opened = self._port.socket_for(listener.peer.address)
        frames = LONG_FRAMES if listener.ptime == LONG_PTIME else 1
        phase = self._least_busy_phase() if frames > 1 else 0
        shape = Shape(opened.family, frames, phase, listener.levels_id)
        if shape not in self._audiences:
            self._audiences[shape] = Audience(opened, batches=self._port.can_batch)
        self._audiences[shape].add(listener)

    def remove(self, listener: Listener) -> None:
        audience = listener.audience
        if audience is None:
            return
        audience.remove(listener)
        if not len(audience):
            self._audiences = {shape: each for shape, each in self._audiences.items() if each is not audience}

    def readdress(self, listener: Listener) -> None:
        """Follows a peer that roamed, be it to the other address family; the stream goes on."""
        if listener.audience is None:
            return
        if listener.audience.socket is self._port.socket_for(listener.peer.address):
            listener.audience.readdress(listener)
        else:
            self.remove(listener)
            self.add(listener)

    def send(self, shared: Media, own: Mapping[Listener, Media], clock: int) -> list[Listener]:
        """Sends one 20 ms frame to all: `own[listener]` where there is one, else `shared`.

        `clock` is the Space's RTP time (48 kHz). Returns the listeners whose packets could not be protected, and were
        not sent.
        """
        self._recent.append(Frame(clock, shared, own))
        failed: list[Listener] = []
        for shape, audience in self._audiences.items():
            if shape.frames == 1:
                frames = [self._recent[-1]]
            elif clock // FRAME_SAMPLES % shape.frames == shape.phase:
                frames = [frame for frame in self._recent if clock - frame.clock < shape.frames * FRAME_SAMPLES]
            else:
                continue
            audience.silent = audience.silent + 1 if all(frame.is_silent for frame in frames) else 0
            if audience.silent and audience.silent % SILENT_EVERY != 1:
                continue
            owners = {listener for frame in frames for listener in frame.own if listener.audience is audience}
            for packet, instead in packed(frames, owners, shape.levels_id):
                failed += audience.send(packet, instead)
        return failed

    def resend(self, listener: Listener, sequences: Iterable[int]) -> int:
        """Answers a NACK (RFC 4585 section 6.2.1) out of the last second; returns how many packets were sent again.

        No stream is more than doubled by it, whatever its listener asks for.
        """
        now, most = time.monotonic(), 1000 / listener.ptime
        listener.credit = min(most, listener.credit + (now - listener.credited_at) * most)
        listener.credited_at = now
        again = 0
        for sequence in sequences:
            if listener.audience is None or listener.credit < 1:
                break
            # Whether or not it is found: a search is work as well.
            listener.credit -= 1
            again += listener.audience.resend(listener, sequence)
        return again

    def send_reports(self, clock: int, part: int, parts: int) -> None:
        """Sender reports to every `parts`-th listener, from `part` on."""
        for audience in self._audiences.values():
            audience.send_reports(clock, part, parts)

    def _least_busy_phase(self) -> int:
        listeners = [0] * LONG_FRAMES
        for shape, audience in self._audiences.items():
            if shape.frames > 1:
                listeners[shape.phase] += len(audience)
        turns = [(self._first_phase + turn) % LONG_FRAMES for turn in range(LONG_FRAMES)]
        return min(turns, key=lambda phase: listeners[phase])
