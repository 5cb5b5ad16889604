"""The thread that writes what is captured: all file work of it, off the event loop.

Owned by capture.py. The event loop puts packets into a bounded queue; every 100 ms this takes what is there, in small
portions, for while it works the loop waits (Python runs one of them at a time). Without room on the disk it stops, and
sound goes on without it.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable

from rooms.relay.spool import Spool
from rooms.relay.track import Taken, Track

log = logging.getLogger(__name__)

WRITE_SECONDS = 0.1
# Half a minute of thirteen microphones, some megabytes; more is dropped.
QUEUE_MAX = 20_000
PORTION = 50
LOOK_SECONDS = 1.0
# So much more of the disk (0..1) must be free than what is too little.
ROOM_TO_RESUME = 0.02
# After writing failed it is tried again so many seconds later, and later each time it fails at once.
RETRY_SECONDS, RETRY_SECONDS_MAX = 5.0, 60.0
LOG_SECONDS = 10.0
IDLE_SECONDS = 60.0
# A clock that is off by more (seconds) was set.
SET_SECONDS = 1.0
PAUSE_SECONDS = 0.01

Key = tuple[str, str]


class Wall:
    """Monotonic seconds as Unix time: one anchor for all, so that voices stay side by side."""

    def __init__(self, clock: Callable[[], float], unix: Callable[[], float]) -> None:
        self._clock, self._unix = clock, unix
        self._anchor = math.inf
        while not self.look():
            pass

    def us(self, moment: float) -> int:
        return round((self._anchor + moment) * 1_000_000)

    def look(self) -> bool:
        """Whether somebody set the clock; from then on it is the new time."""
        before, unix, after = self._clock(), self._unix(), self._clock()
        # A pause between two looks at two clocks is no news of either.
        was_set = after - before < PAUSE_SECONDS and abs(unix - before - self._anchor) > SET_SECONDS
        if was_set:
            self._anchor = unix - before
        return was_set


class Writer:
    """`stopped`: nothing is written for lack of room. `dropped` counts packets that found the queue full.

    `put` and the counters are the event loop's, all else this thread's. `finished` hears of each segment.
    """

    def __init__(
        self,
        spool: Spool,
        min_free: float,
        finished: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        unix: Callable[[], float] = time.time,
    ) -> None:
        self.stopped = False
        self.dropped = 0
        self._spool, self._min_free, self._finished = spool, min_free, finished
        self._clock, self._wall = clock, Wall(clock, unix)
        self._queue: deque[tuple[Key, Taken | None]] = deque()
        self._tracks: dict[Key, Track] = {}
        self._closing = threading.Event()
        self._look_at = self._log_at = 0.0
        self._logged = 0
        self._is_open = False
        self._retry_at, self._retry_seconds = 0.0, RETRY_SECONDS
        self._thread = threading.Thread(target=self._run, name="capture-writer", daemon=True)

    @property
    def is_stuck(self) -> bool:
        """The disk has hung for so long that the queue is full."""
        return len(self._queue) >= QUEUE_MAX

    def put(self, key: Key, taken: Taken) -> None:
        """One packet of a microphone; forgotten when there is no room."""
        if self.stopped:
            return
        if self.is_stuck:
            self.dropped += 1
            return
        self._queue.append((key, taken))

    def end(self, key: Key) -> None:
        """The gate of a microphone is shut."""
        self._queue.append((key, None))

    def start(self) -> None:
        self._thread.start()

    def close(self, seconds: float) -> None:
        """Writes and finishes all there is, or gives up after `seconds`."""
        self._closing.set()
        self._thread.join(seconds)

    def turn(self, now: float) -> None:
        """What there is to do every WRITE_SECONDS."""
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self._look(now)
        self._take_all()
        for key, track in list(self._tracks.items()):
            self._guarded(key, track.write, now)

    def _run(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._closing.wait(WRITE_SECONDS)
            try:
                self.turn(self._clock())
                if is_last:
                    self._end_all()
            except Exception:
                log.exception("a turn of the capture did not end well")

    def _take_all(self) -> None:
        for number in range(len(self._queue)):
            key, taken = self._queue.popleft()
            track = self._tracks.get(key)
            if taken is None:
                if track is not None:
                    self._guarded(key, track.end)
            elif not self.stopped:
                if track is None:
                    folder = self._spool.folder(*key)
                    track = self._tracks[key] = Track(folder, self._wall.us, self._finished)
                self._guarded(key, track.take, taken)
            if number % PORTION == PORTION - 1:
                # The event loop may want to run.
                time.sleep(0)

    def _guarded(self, key: Key, act: Callable, *arguments: object) -> None:
        """What goes wrong with one microphone costs the others nothing, unless it is the disk."""
        if key not in self._tracks:
            return
        try:
            act(*arguments)
        except OSError as error:
            self._retry_at = self._clock() + self._retry_seconds
            self._retry_seconds = min(2 * self._retry_seconds, RETRY_SECONDS_MAX)
            self._stop(f"cannot be written: {error!r}")
        except Exception:
            log.exception("%s of a captured microphone failed in space %s", act.__name__, key[0])
            self._tracks.pop(key).abandon()

    def _look(self, now: float) -> None:
        """Each second: room on the disk, the time of day, who has been silent for long, what was dropped."""
        try:
            self._look_at_disk(now)
        except OSError as error:
            self._retry_at = now + RETRY_SECONDS
            self._stop(f"has no place: {error!r}")
        if self._wall.look():
            log.warning("the clock was set: what is captured from now on has the new time")
            self._end_all()
        for key, track in list(self._tracks.items()):
            if track.idle(now) > IDLE_SECONDS:
                del self._tracks[key]
        if self.dropped > self._logged and now >= self._log_at:
            log.warning("%d packets were not captured: the disk is too slow", self.dropped - self._logged)
            self._logged, self._log_at = self.dropped, now + LOG_SECONDS

    def _look_at_disk(self, now: float) -> None:
        if now < self._retry_at:
            return
        if not self._is_open:
            self._spool.open()
            self._is_open = True
        free = self._spool.free()
        if free < self._min_free:
            self._stop(f"has too little room: {free:.1%} of the disk is free")
        elif self.stopped and free >= self._min_free + ROOM_TO_RESUME:
            self._spool.probe()
            self._spool.mend()
            self._retry_seconds = RETRY_SECONDS
            log.warning("sound is captured again: %.1f%% of the disk is free", 100 * free)
            self.stopped = False

    def _stop(self, why: str) -> None:
        if not self.stopped:
            log.warning("no sound is captured any more: its spool %s", why)
        self.stopped = True
        self._end_all()

    def _end_all(self) -> None:
        """Finishes what is open, and forgets everybody."""
        tracks, self._tracks = self._tracks, {}
        for track in tracks.values():
            try:
                track.end()
            except OSError:
                track.abandon()
            except Exception:
                log.exception("a captured microphone did not end well")
                track.abandon()
