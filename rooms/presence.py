"""Who is still there: sockets and sound sessions say so in Redis, the sweep believes them.

A lost Redis means that nothing is known, never that everybody left.
"""

import time
from collections.abc import Iterable

from django.conf import settings
from redis.exceptions import RedisError

from rooms import redis
from rooms.models import Participant
from rooms.relay import client as relay
from rooms.roles import Hand, Role

# The sweep runs every ten seconds; a longer pause means that nobody could be seen meanwhile, sockets included.
GAP_SECONDS = 30
KEEP_SECONDS = 3600


def swept_key(space_id) -> str:
    """Unix time (s) of the last sweep."""
    return f"openfloor:space:{space_id}:swept"


def since_key(space_id) -> str:
    """Unix time (s) since which presence has been on record without a gap."""
    return f"openfloor:space:{space_id}:presence-since"


def absent(space_id, inside: Iterable[Participant]) -> list[Participant]:
    """Those inside of whom no socket and no sound session was seen for as long as their place is held."""
    now = time.time()
    try:
        since = _known_since(space_id, now)
        seen = relay.presence(str(space_id))
    except RedisError:
        return []
    return [p for p in inside if now - max(since, p.joined_at.timestamp(), seen.get(str(p.pk), 0)) >= hold(p)]


def _known_since(space_id, now: float) -> float:
    swept = redis.client().set(swept_key(space_id), now, get=True, ex=KEEP_SECONDS)
    since = redis.client().get(since_key(space_id))
    if swept is None or since is None or now - float(swept) > GAP_SECONDS:
        since = now
    redis.client().set(since_key(space_id), since, ex=KEEP_SECONDS)
    return float(since)


def hold(participant: Participant) -> int:
    """Seconds for which a place is kept: a host's the longest, a seat or a place in the queue longer than a name."""
    if participant.role == Role.HOST:
        return settings.HOST_HOLD_SECONDS
    waits = participant.is_seated or participant.hand != Hand.DOWN
    return settings.SEAT_HOLD_SECONDS if waits else settings.LISTENER_HOLD_SECONDS
