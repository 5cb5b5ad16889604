"""At most one call per key and interval across all processes: the first at once, later ones folded into one at its end.

Used by publish for the roster. A process that dies owing a call loses it; sockets notice by the Space's version.
"""

import logging
import threading
from collections.abc import Callable

from django.db import connection
from redis.exceptions import RedisError

from rooms import redis

log = logging.getLogger(__name__)


class Coalescer:
    """`interval()` is in seconds; zero calls at once, always."""

    def __init__(self, call: Callable[[object], None], *, interval: Callable[[], float], prefix: str):
        self._call = call
        self._interval = interval
        self._prefix = prefix

    def request(self, key) -> None:
        interval_ms = round(self._interval() * 1000)
        if interval_ms <= 0:
            self._call(key)
            return
        window, owed = f"{self._prefix}:{key}:window", f"{self._prefix}:{key}:owed"
        try:
            if redis.client().set(window, 1, nx=True, px=interval_ms):
                self._call(key)
            elif redis.client().set(owed, 1, nx=True, px=2 * interval_ms):
                self._call_later(key, max(redis.client().pttl(window), 1) / 1000)
        except RedisError as error:
            log.warning("no coalescing for %s: %s", key, error)

    def _call_later(self, key, delay: float) -> None:
        timer = threading.Timer(delay, self._pay, [key])
        timer.daemon = True
        timer.start()

    def _pay(self, key) -> None:
        window, owed = f"{self._prefix}:{key}:window", f"{self._prefix}:{key}:owed"
        try:
            redis.client().set(window, 1, px=round(self._interval() * 1000))
            # Cleared before reading the rows: a change that commits meanwhile owes a call of its own.
            redis.client().delete(owed)
            self._call(key)
        except Exception:
            log.exception("a folded call for %s failed", key)
        finally:
            connection.close()
