"""Rate limits shared by all processes, counted in the cache in fixed windows."""

from django.core.cache import cache

from rooms.rules import Refused


def limit(key: str, times: int, seconds: int) -> None:
    """Raises Refused("too_often") from the `times + 1`st call on within a window of `seconds`."""
    key = f"limit:{key}"
    if cache.add(key, 1, timeout=seconds):
        return
    try:
        count = cache.incr(key)
    except ValueError:
        # The window closed between the two calls.
        cache.add(key, 1, timeout=seconds)
        return
    if count > times:
        raise Refused("too_often")
