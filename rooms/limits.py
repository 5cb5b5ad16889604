"""Rate limits shared by all processes, counted in the cache in fixed windows."""

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

from rooms.rules import Refused

log = logging.getLogger(__name__)


def limit(key: str, times: int, seconds: int) -> None:
    """Raises Refused("too_often") from the `times + 1`st call on within a window of `seconds`."""
    try:
        count = _count(f"limit:{key}", seconds)
    except RedisError as error:
        # Limits protect the service; without Redis there are no limits, and people go on.
        log.warning("%s was not counted: %s", key, error)
        return
    if count > times:
        raise Refused("too_often")


def _count(key: str, seconds: int) -> int:
    if cache.add(key, 1, timeout=seconds):
        return 1
    try:
        return cache.incr(key)
    except ValueError:
        # The window closed between the two calls.
        cache.add(key, 1, timeout=seconds)
        return 1
