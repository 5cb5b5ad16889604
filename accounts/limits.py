"""Rate limits shared by all processes, counted in the cache in fixed windows. Each app refuses in its own words."""

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def spent(key: str, times: int, seconds: int) -> bool:
    """Counts this call. True from the `times + 1`st on within a window of `seconds`."""
    try:
        return _count(f"limit:{key}", seconds) > times
    except RedisError as error:
        # Limits protect the service; without Redis there are no limits, and people go on.
        log.warning("%s was not counted: %s", key, error)
        return False


def _count(key: str, seconds: int) -> int:
    if cache.add(key, 1, timeout=seconds):
        return 1
    try:
        return cache.incr(key)
    except ValueError:
        # The window closed between the two calls.
        cache.add(key, 1, timeout=seconds)
        return 1
