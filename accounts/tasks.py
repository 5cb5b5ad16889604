"""Celery tasks: thin, idempotent, each safe to run twice."""

import time

from celery import shared_task
from django.core.cache import cache

from accounts.services import notifications
from accounts.soon import soon

# One round at a time of each, for so long, because the clock of the rooms needs workers too. A worker that was killed
# in a round holds up the next for as long as its key is kept (s).
TELLING_KEY, TELLING_SECONDS, TELLING_KEPT = "accounts:telling", 2, 15


@shared_task
def fan_out() -> int:
    """Tells followers what they wait to hear; returns how many were told."""
    if not cache.add(TELLING_KEY, 1, timeout=TELLING_KEPT):
        return 0
    over, told = time.monotonic() + TELLING_SECONDS, 0
    try:
        while time.monotonic() < over:
            batch = notifications.tell_batch()
            if batch is None:
                return told
            told += batch
    finally:
        cache.delete(TELLING_KEY)
    soon("fan_out")
    return told
