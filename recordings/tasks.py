"""Celery tasks: thin, idempotent, each safe to run twice."""

from functools import partial

from celery import shared_task
from celery.signals import worker_ready
from django.core.cache import cache
from django.db import connections
from django.utils import timezone

from accounts.rounds import alone
from recordings import mixing
from recordings.selectors.replays import mixings
from recordings.services import exports, replays, sweeping, thinning
from recordings.services import purge as purging

# One round at a time of each; its key is kept longer than a round takes (s).
PURGING_KEY, PURGING_KEPT = "recordings:purging", 300
THINNING_KEY, THINNING_KEPT = "recordings:thinning", 300
SWEEPING_KEY, SWEEPING_SECONDS = "recordings:sweeping", 3600
# Renewed while a replay is mixed, which takes minutes.
REPLAYS_KEY, REPLAYS_KEPT = "recordings:replays", 90
# One may be begun just before a round is over.
MIXING_SECONDS = mixing.MIXING_SECONDS_MOST + 600
# Of these a round may take longer than its key is kept, since many hours of sound do: each is made by one anyway.
EXPORTS_KEY, EXPORTS_KEPT, EXPORTS_SECONDS = "recordings:exports", 300, 1800


@shared_task
def purge() -> int:
    """Destroys what has expired; returns how much is gone now."""
    return alone(PURGING_KEY, PURGING_KEPT, purging.purge_due)


@shared_task
def thin() -> int:
    """What is in no replay goes where staff have no copy; returns how many segments went."""
    return alone(THINNING_KEY, THINNING_KEPT, thinning.thin_all)


@shared_task(soft_time_limit=SWEEPING_SECONDS - 60, time_limit=SWEEPING_SECONDS)
def sweep() -> int:
    """Files without rows, and rows without files; returns how many went."""
    return alone(SWEEPING_KEY, SWEEPING_SECONDS, sweeping.sweep)


@shared_task(soft_time_limit=MIXING_SECONDS, time_limit=MIXING_SECONDS + 60)
def make_replays() -> int:
    """Mixes what waits to be mixed; returns how many are done."""
    alive = partial(cache.touch, REPLAYS_KEY, REPLAYS_KEPT)
    return alone(REPLAYS_KEY, REPLAYS_KEPT, partial(replays.make_waiting, alive))


@shared_task
def tidy_replays() -> int:
    """Files of mixings that do not count, which somebody who was killed left; returns how many replays were looked
    at."""
    return replays.tidy_recent()


@worker_ready.connect
def sweep_mixings(**kwargs) -> None:
    """Of whoever was killed on this machine: `tidy_replays` may long be run by others."""
    mixing.sweep(mixings)
    connections.close_all()


@shared_task(soft_time_limit=EXPORTS_SECONDS, time_limit=EXPORTS_SECONDS + 30)
def make_exports() -> int:
    """Own data of sessions that people asked for; returns how many are ready now."""
    return alone(EXPORTS_KEY, EXPORTS_KEPT, exports.make_waiting)


@shared_task
def delete_exports() -> int:
    """Those whose time is over; returns how many."""
    return exports.delete_expired(timezone.now())
