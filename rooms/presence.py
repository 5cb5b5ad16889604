"""Who is still there: sockets and sound sessions say so in Redis, the sweep believes them.

A lost Redis means that nothing is known, never that everybody left.
"""

import time
from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone
from redis.exceptions import RedisError

from rooms import redis
from rooms.models import Participant
from rooms.relay import client as relay


def since_key(space_id) -> str:
    """Unix time (s) since which presence of this Space has been on record without a gap."""
    return f"openfloor:space:{space_id}:presence-since"


def absent(space_id, inside: Iterable[Participant]) -> list[Participant]:
    """Those inside of whom no socket and no sound session was seen for SEAT_HOLD_SECONDS."""
    hold = settings.SEAT_HOLD_SECONDS
    now = time.time()
    try:
        redis.client().set(since_key(space_id), now, nx=True)
        since = float(redis.client().get(since_key(space_id)) or now)
        seen = relay.presence(str(space_id))
    except RedisError:
        return []
    if now - since < hold:
        return []
    joined_before = timezone.now() - timezone.timedelta(seconds=hold)
    return [p for p in inside if p.joined_at <= joined_before and now - seen.get(str(p.pk), 0) >= hold]
