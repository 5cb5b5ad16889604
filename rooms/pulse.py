"""The newest version of each Space, in Redis: publish announces it, sockets compare it to what they have shown.

The channel layer delivers at most once; a socket that finds itself behind for a whole pulse fetches a snapshot.
"""

import logging

from redis.exceptions import RedisError

from rooms import redis

log = logging.getLogger(__name__)

KEEP_SECONDS = 24 * 3600


def version_key(space_id) -> str:
    return f"openfloor:space:{space_id}:version"


def announce(space_id, version: int) -> None:
    try:
        redis.client().set(version_key(space_id), version, ex=KEEP_SECONDS)
    except RedisError as error:
        log.warning("version %s of Space %s was not announced: %s", version, space_id, error)


def newest(space_id) -> int:
    """0 when nothing is known."""
    try:
        return int(redis.client().get(version_key(space_id)) or 0)
    except RedisError:
        return 0
