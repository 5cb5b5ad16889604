"""How busy this relay is, and who is still let in when it is full.

Owned by worker.py, which tells it of every tick and every second. A full relay refuses new listeners rather than
hurting those inside; whoever was inside already, or speaks, comes in all the same.
"""

import math
import time
from collections import deque
from collections.abc import Iterable

from rooms.relay.clock import TICK_SECONDS
from rooms.relay.protocol import Offer

# A second has too few ticks for their p99 to be anything but the worst; so many seconds have 500.
LATE_SECONDS = 10
# Weight of the latest second: the measure follows within a few of them.
SMOOTHING = 0.4
# So much less busy than full, and there is room again.
HYSTERESIS = 0.05
# Somebody seen this recently (seconds) is coming back, not new.
SEEN_SECONDS = 120


class Load:
    """`busy` is the share (0..1) of the last seconds spent working, or of ticks a whole tick late, if that is more.

    `full` above `full_at`. Lateness is in milliseconds: `late_max_ms` of the last second's ticks, `late_p99_ms`
    of the last ten seconds'.
    """

    def __init__(self, full_at: float = math.inf) -> None:
        self._full_at = full_at
        self._late: list[float] = []
        self._latest: deque[list[float]] = deque(maxlen=LATE_SECONDS)
        self._worked, self._began = time.process_time(), time.monotonic()
        self._since = self._began
        self._seen: dict[str, float] = {}
        self.busy = 0.0
        self.full = full_at <= 0
        self.late_max_ms = self.late_p99_ms = 0.0

    def tick(self, late: float) -> None:
        """A tick came `late` seconds after its time."""
        self._late.append(late)

    def second(self) -> None:
        """Sums up the time since the last call."""
        worked, now = time.process_time(), time.monotonic()
        share = (worked - self._worked) / max(now - self._began, 1e-3)
        self._worked, self._began = worked, now
        self._seen = {name: at for name, at in self._seen.items() if now - at < SEEN_SECONDS}
        late, self._late = self._late, []
        if late:
            share = max(share, sum(each > TICK_SECONDS for each in late) / len(late))
            self._latest.append(late)
            recent = sorted(each for second in self._latest for each in second)
            self.late_max_ms = round(max(late) * 1000, 1)
            self.late_p99_ms = round(recent[math.ceil(0.99 * len(recent)) - 1] * 1000, 1)
        self.busy += SMOOTHING * (min(share, 1.0) - self.busy)
        self.full = self.busy >= (self._full_at - HYSTERESIS if self.full else self._full_at)

    def see(self, participants: Iterable[str]) -> None:
        """These are inside now."""
        self._seen.update(dict.fromkeys(participants, time.monotonic()))

    def knows(self, offer: Offer) -> bool:
        """Whether it is a speaker's, or of somebody who was inside lately.

        A relay that has just begun knows nobody, and believes whoever names the session they had.
        """
        if offer.kind == "whip" or offer.participant in self._seen:
            return True
        return bool(offer.replaces) and time.monotonic() - self._since < SEEN_SECONDS

    def admits(self, offer: Offer) -> bool:
        """Whether there is room for it."""
        return not self.full or self.knows(offer)
