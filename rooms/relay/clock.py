"""The media clock: every 20 ms of monotonic time, without drift.

Started by worker.py. Knows nothing of what is done in a tick, and goes on whatever happens in one.
"""

import asyncio
import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

TICK_SECONDS = 0.02
# A late tick is caught up, for listeners' buffers bridge a pause but not a hole; beyond 200 ms the hole is smaller.
LATE_TICKS_MAX = 10


class MediaClock:
    """Calls `tick(now, late, frames)`: monotonic seconds, how late that is (s), and how many frames have passed."""

    def __init__(self, tick: Callable[[float, float, int], None]) -> None:
        self._act = tick
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.time() + TICK_SECONDS
        self._timer = self._loop.call_at(self._next, self._tick)

    def stop(self) -> None:
        self._timer.cancel()

    def _tick(self) -> None:
        now = self._loop.time()
        late, frames = now - self._next, 1
        if late > LATE_TICKS_MAX * TICK_SECONDS:
            frames += int(late / TICK_SECONDS)
        try:
            self._act(now, late, frames)
        except Exception:
            log.exception("a tick did not end well")
        finally:
            self._next += frames * TICK_SECONDS
            self._timer = self._loop.call_at(self._next, self._tick)
