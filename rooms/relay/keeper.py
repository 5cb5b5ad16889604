"""The thread that hands finished segments on, again and again until each is kept, and adopts those of dead relays.

Owned by capture.py. It remembers no list of them: they lie in the spool, and there they stay while storage or database
are away, however many they become.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from rooms.relay.segments import Segment
from rooms.relay.spool import Spool

log = logging.getLogger(__name__)

ROUND_SECONDS = 1.0
ADOPT_SECONDS = 30.0
# A segment that was not kept is tried again after the first of these (s), then after twice that and so on.
RETRY_SECONDS, RETRY_SECONDS_MAX = 1.0, 60.0
# So many that fail in a row are not their own fault.
FAILURES_MAX = 3
PUT_OFF_MAX = 1000

Keep = Callable[[Segment], None]


class Keeper:
    """`keep(segment)` may block, may move the file away and may raise; it is called again until it returns."""

    def __init__(self, spool: Spool, keep: Keep, clock: Callable[[], float] = time.monotonic) -> None:
        self._spool, self._keep, self._clock = spool, keep, clock
        self._some, self._closing = threading.Event(), threading.Event()
        self._deadline = float("inf")
        # How often a segment was not kept, and when it is its turn again.
        self._put_off: dict[Path, tuple[int, float]] = {}
        self._failed_rounds, self._again_at, self._adopt_at = 0, 0.0, 0.0
        self._thread = threading.Thread(target=self._run, name="capture-keeper", daemon=True)

    def note(self) -> None:
        """A segment is finished."""
        self._some.set()

    def start(self) -> None:
        self._thread.start()

    def close(self, seconds: float) -> None:
        """Tries once more with all there is; what is left after `seconds` is for another relay."""
        self._deadline = self._clock() + seconds
        self._closing.set()
        self._thread.join(seconds)

    def turn(self, now: float, is_last: bool = False) -> None:
        """What there is to do every ROUND_SECONDS."""
        if now >= self._adopt_at and not is_last:
            self._adopt_at = now + ADOPT_SECONDS
            self._spool.adopt()
            self._spool.tidy()
            self._put_off = {path: state for path, state in self._put_off.items() if path.exists()}
            self._some.set()
        if is_last:
            self._put_off.clear()
        elif not (self._some.is_set() or self._put_off) or now < self._again_at:
            return
        self._some.clear()
        self._go_round()

    def _run(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._closing.wait(ROUND_SECONDS)
            try:
                self.turn(self._clock(), is_last)
            except OSError as error:
                log.warning("the spool of captured sound cannot be used: %r", error)
            except Exception:
                log.exception("a round of keeping segments did not end well")

    def _go_round(self) -> None:
        failures = 0
        for segment in self._spool.finished():
            now = self._clock()
            if now >= self._deadline:
                return
            if now < self._put_off.get(segment.path, (0, 0.0))[1]:
                continue
            try:
                with self._spool.lent(segment) as lent:
                    self._keep(lent)
            except Exception as error:
                failures += 1
                self._try_later(segment, error)
                if failures >= FAILURES_MAX:
                    self._failed_rounds += 1
                    self._again_at = self._clock() + _pause(self._failed_rounds)
                    self._some.set()
                    return
            else:
                failures = self._failed_rounds = 0
                self._put_off.pop(segment.path, None)

    def _try_later(self, segment: Segment, error: Exception) -> None:
        count = self._put_off.get(segment.path, (0, 0.0))[0] + 1
        log.warning("a segment of space %s was not kept (attempt %d): %r", segment.space, count, error)
        if len(self._put_off) >= PUT_OFF_MAX:
            self._put_off.clear()
        self._put_off[segment.path] = count, self._clock() + _pause(count)


def _pause(failures: int) -> float:
    return min(RETRY_SECONDS * 2 ** min(failures - 1, 10), RETRY_SECONDS_MAX)
