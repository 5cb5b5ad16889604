"""Which lost packets a microphone asks for again, and when (generic NACK, RFC 4585 section 6.2.1).

Used by uplink.py. It has no clock: seconds are handed in. Sequence numbers go on counting where RTP's wrap.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

HOLES_MAX = 64
ASKED_MAX = 3
RETRY_SECONDS = 0.04
# While answers come too late to be of use, one question in so long (s) finds out by how much.
PROBE_SECONDS = 0.4
# An answer may come this late and still tell the round trip.
FORGOTTEN_SECONDS = 1.0
# No delay beyond this is worth an answer (s).
DELAY_MAX = 0.2
# From an answer to the tick that plays it.
MARGIN_SECONDS = 0.01
# FEC mends only the last of a row of lost packets. A row is worth a delay for so long (s), and a second one within
# the longer time for as long again.
BURST_SECONDS, AGAIN_SECONDS = 1.0, 4.0
ANSWERS_MAX = 32
# This share of the answers is to come in time: the first of a long row of lost packets is noticed last.
MOST = 0.9
RTT_WEIGHT = 0.25


@dataclass(slots=True)
class _Hole:
    since: float
    patience: float
    asked: int = 0
    asked_at: float = 0.0
    is_filled: bool = False


class Nacks:
    """Holes in the sequence. `rtt` is the round trip in seconds, from a question to its answer; None before one."""

    def __init__(self) -> None:
        self.rtt: float | None = None
        self._holes: dict[int, _Hole] = {}
        # When each of the last answers came, and how late compared with the fastest packets (s).
        self._answers: deque[tuple[float, float]] = deque(maxlen=ANSWERS_MAX)
        self._burst_at = self._bursts_until = -AGAIN_SECONDS
        self._probed_at = -PROBE_SECONDS

    def clear(self) -> None:
        self._holes.clear()

    def missed(self, first: int, last: int, now: float, patience: float) -> None:
        """The packets from `first` to `last` were overtaken; a lone one has `patience` seconds to come by itself."""
        if last > first:
            again = now - self._burst_at < AGAIN_SECONDS
            self._bursts_until = now + (AGAIN_SECONDS if again else BURST_SECONDS)
            self._burst_at = now
        for sequence in range(max(first, last + 1 - HOLES_MAX), last + 1):
            self._holes[sequence] = _Hole(now, 0.0 if last > first else patience)
        while len(self._holes) > HOLES_MAX:
            del self._holes[next(iter(self._holes))]

    def came(self, sequence: int, now: float, lateness: float, spread: float) -> bool:
        """A packet came, `lateness` seconds behind the fastest; True when it is an answer.

        One within the usual `spread` only changed places with others.
        """
        hole = self._holes.get(sequence)
        if hole is None:
            return False
        was_filled, hole.is_filled = hole.is_filled, True
        if not hole.asked or lateness <= spread:
            return False
        if was_filled:
            # It had only changed places, and the answer was not needed.
            return True
        if lateness + MARGIN_SECONDS <= DELAY_MAX:
            self._answers.append((now, lateness))
        if hole.asked == 1:
            took = now - hole.asked_at
            self.rtt = took if self.rtt is None else self.rtt + RTT_WEIGHT * (took - self.rtt)
        return True

    def due(self, now: float, seconds_left: Callable[[int], float]) -> list[int]:
        """What to ask for now. `seconds_left(sequence)` says how long an answer would be of use."""
        asked = []
        retry = RETRY_SECONDS if self.rtt is None else max(RETRY_SECONDS, 1.5 * self.rtt)
        for sequence, hole in list(self._holes.items()):
            waited = now - hole.since
            if waited > FORGOTTEN_SECONDS:
                del self._holes[sequence]
            elif not hole.is_filled and hole.asked < ASKED_MAX and waited < DELAY_MAX:
                is_time = now - hole.asked_at >= retry if hole.asked else waited >= hole.patience
                if is_time and self._is_worth_it(seconds_left(sequence), now):
                    hole.asked, hole.asked_at = hole.asked + 1, now
                    asked.append(sequence)
        return asked

    def wanted_delay(self, now: float) -> float:
        """The delay (s) in which answers come in time, while there is loss that FEC does not mend; else 0."""
        if now > self._bursts_until:
            return 0.0
        late = sorted(late for when, late in self._answers if now - when < AGAIN_SECONDS)
        return late[int(MOST * len(late))] + MARGIN_SECONDS if late else 0.0

    def _is_worth_it(self, left: float, now: float) -> bool:
        if self.rtt is not None and left >= self.rtt:
            return True
        if now - self._probed_at < PROBE_SECONDS:
            return False
        self._probed_at = now
        return True
