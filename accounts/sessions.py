"""Where a session went: another password gives its browser another key, while the sockets of its windows hold the old.

Written by receivers when that happens, read by sockets that look anew whose they are.
"""

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

# Sockets look at once, and again with every pulse should that news be lost.
FOLLOWED_SECONDS = 5 * 60


def note_move(before: str, after: str) -> None:
    try:
        cache.set(f"session-moved:{before}", after, FOLLOWED_SECONDS)
    except RedisError as error:
        log.warning("sockets of a session that goes on will close: %s", error)


def moved_to(key: str) -> str | None:
    try:
        return cache.get(f"session-moved:{key}")
    except RedisError:
        return None
