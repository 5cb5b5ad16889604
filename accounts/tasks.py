"""Celery tasks: thin, idempotent, each safe to run twice."""

import time
from collections.abc import Callable

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from accounts import letters, selectors
from accounts.services import copies, erasure, notifications
from accounts.soon import soon

# One round at a time of each, for so long, because the clock of the rooms needs workers too. A worker that was killed
# in a round holds up the next for as long as its key is kept (s).
TELLING_KEY, TELLING_SECONDS, TELLING_KEPT = "accounts:telling", 2, 15
LETTERS_KEY, LETTERS_KEPT = "accounts:letters", 240
COPIES_KEY, COPIES_KEPT = "accounts:copies", 300


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


@shared_task
def send_letters() -> int:
    """Mails about accounts themselves; returns how many were sent."""
    return _alone(LETTERS_KEY, LETTERS_KEPT, letters.send_due)


@shared_task
def erase_accounts() -> int:
    """Those whose time to change their mind is over; returns how many. What fails in one is raised after all others."""
    failed, erased = [], 0
    for user_id in selectors.to_erase(timezone.now()):
        try:
            erased += erasure.erase(user_id=user_id)
        except Exception as error:
            error.add_note(f"of account {user_id}")
            failed.append(error)
    if failed:
        raise ExceptionGroup("not every account could be erased", failed)
    return erased


@shared_task
def make_copies() -> int:
    """Copies people asked for of their own data; returns how many are ready now."""
    return _alone(COPIES_KEY, COPIES_KEPT, copies.make_waiting)


@shared_task
def delete_copies() -> int:
    """Those whose time is over, and files that no row names; returns how many."""
    return copies.delete_expired(timezone.now()) + copies.sweep()


def _alone(key: str, seconds: int, act: Callable[[], int]) -> int:
    if not cache.add(key, 1, timeout=seconds):
        return 0
    try:
        return act()
    finally:
        cache.delete(key)
