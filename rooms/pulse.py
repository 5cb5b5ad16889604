"""The newest version of each Space, and of each person's own controls, in Redis: publish and the sweep announce it,
sockets compare it to what they have shown.

The channel layer delivers at most once; a socket that finds itself behind for a whole pulse starts anew.
"""

import logging
from collections.abc import Iterable
from typing import NamedTuple

from redis.exceptions import RedisError

from rooms import redis

log = logging.getLogger(__name__)

KEEP_SECONDS = 24 * 3600
_EVERYBODY = "space"


class Versions(NamedTuple):
    """0 where nothing is known."""

    shared: int = 0
    own: int = 0

    def exceed(self, shown: "Versions") -> bool:
        return self.shared > shown.shared or self.own > shown.own


def versions_key(space_id) -> str:
    """Sorted set: "space" or a participant's id -> the Space's version when that last changed."""
    return f"openfloor:space:{space_id}:versions"


def announce(space_id, version: int, participants: Iterable = ()) -> None:
    """Versions only grow, whichever process comes last (ZADD GT)."""
    changed = dict.fromkeys((_EVERYBODY, *map(str, participants)), version)
    try:
        with redis.client().pipeline(transaction=False) as pipeline:
            pipeline.zadd(versions_key(space_id), changed, gt=True)
            pipeline.expire(versions_key(space_id), KEEP_SECONDS)
            pipeline.execute()
    except RedisError as error:
        log.warning("version %s of Space %s was not announced: %s", version, space_id, error)


def newest(space_id, participant_id=None) -> Versions:
    try:
        found = redis.client().zmscore(versions_key(space_id), [_EVERYBODY, str(participant_id)])
        return Versions(*(int(score or 0) for score in found))
    except RedisError:
        return Versions()
