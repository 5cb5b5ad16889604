"""Celery tasks: thin, idempotent, each safe to run twice."""

from celery import shared_task

from accounts.rounds import alone
from recordings.services import purge as purging
from recordings.services import sweeping

# One round at a time of each; its key is kept longer than a round takes (s).
PURGING_KEY, PURGING_KEPT = "recordings:purging", 300
SWEEPING_KEY, SWEEPING_SECONDS = "recordings:sweeping", 3600


@shared_task
def purge() -> int:
    """Destroys what has expired; returns how much is gone now."""
    return alone(PURGING_KEY, PURGING_KEPT, purging.purge_due)


@shared_task(soft_time_limit=SWEEPING_SECONDS - 60, time_limit=SWEEPING_SECONDS)
def sweep() -> int:
    """Files without rows, and rows without files; returns how many went."""
    return alone(SWEEPING_KEY, SWEEPING_SECONDS, sweeping.sweep)
