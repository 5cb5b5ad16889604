"""One round of a task at a time, over all workers: the clock of the rooms needs workers too. Called by tasks."""

import time
from collections.abc import Callable

from django.core.cache import cache


def alone(key: str, seconds: int, act: Callable[[], int]) -> int:
    """What `act` returns; 0 while another round is under way. A worker that was killed in a round holds up the next for
    so many seconds; a round that takes longer is not alone any more, and leaves the key to whoever has it then."""
    over = time.monotonic() + seconds
    if not cache.add(key, 1, timeout=seconds):
        return 0
    try:
        return act()
    finally:
        if time.monotonic() < over:
            cache.delete(key)
