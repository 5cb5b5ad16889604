"""The one way to a Redis connection outside Channels and Celery: REDIS_URL, short timeouts, one pool per process."""

from functools import cache

import redis
from django.conf import settings

TIMEOUTS = {"socket_connect_timeout": 3, "socket_timeout": 3}


@cache
def client() -> redis.Redis:
    """A synchronous client; thread-safe."""
    return redis.Redis.from_url(settings.REDIS_URL, **TIMEOUTS)
