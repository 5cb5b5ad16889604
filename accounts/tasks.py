"""Celery tasks: thin, idempotent, each safe to run twice."""

import time
from datetime import timedelta
from functools import partial

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts import letters, selectors
from accounts import push as pushing
from accounts.models import PushSubscription
from accounts.rounds import alone
from accounts.services import copies, digests, erasure, notifications, requests, safety
from accounts.services.batches import little_by_little
from accounts.soon import soon

# One round at a time of each, for so long; its key is kept longer than a round takes (s).
TELLING_KEY, TELLING_SECONDS, TELLING_KEPT = "accounts:telling", 2, 15
PUSHING_KEY, PUSHING_KEPT = "accounts:pushing", 90
DIGESTS_KEY, DIGESTS_KEPT = "accounts:digests", 240
LETTERS_KEY, LETTERS_KEPT = "accounts:letters", 240
COPIES_KEY, COPIES_KEPT = "accounts:copies", 300


@shared_task
def fan_out() -> int:
    """Tells followers what they wait to hear; returns how many were told. Goes on until there is nobody left."""
    if told := alone(TELLING_KEY, TELLING_KEPT, _tell_followers):
        soon("fan_out")
    return told


@shared_task
def accept_requests() -> int:
    """Of accounts that have opened up; returns how many follow now."""
    return sum(little_by_little(partial(requests.accept_waiting, user_id=user_id)) for user_id in selectors.opened_up())


@shared_task
def push() -> int:
    """Sends what is due by push; returns how many were taken."""
    return alone(PUSHING_KEY, PUSHING_KEPT, pushing.send_due)


@shared_task
def push_test(subscription: int) -> None:
    """To the browser that asked for it, if it still is subscribed."""
    if found := PushSubscription.objects.filter(pk=subscription).first():
        pushing.send_test(found)


@shared_task
def write_digests() -> int:
    """Mails of the day that are due; returns how many were written."""
    return alone(DIGESTS_KEY, DIGESTS_KEPT, digests.write_due)


@shared_task
def forget_notifications() -> int:
    """What people were told long ago; returns how many rows went."""
    return notifications.forget(before=timezone.now() - timedelta(days=settings.NOTIFICATION_DAYS))


@shared_task
def send_letters() -> int:
    """Mails about accounts themselves; returns how many were sent."""
    return alone(LETTERS_KEY, LETTERS_KEPT, letters.send_due)


@shared_task
def forget_sessions() -> int:
    """Those that are over for a day, by signing out or by time; returns how many rows went."""
    return safety.forget_over(before=timezone.now() - timedelta(days=1))


@shared_task
def erase_accounts() -> int:
    """Those whose time to change their mind is over; returns how many. What fails in one is raised after all others."""
    failed, erased, now = [], 0, timezone.now()
    erasure.release_handles(now)
    for user_id in selectors.to_erase(now):
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
    return alone(COPIES_KEY, COPIES_KEPT, copies.make_waiting)


@shared_task
def delete_copies() -> int:
    """Those whose time is over, and files that no row names; returns how many."""
    return copies.delete_expired(timezone.now()) + copies.sweep()


def _tell_followers() -> int:
    over, told = time.monotonic() + TELLING_SECONDS, 0
    while time.monotonic() < over and (batch := notifications.tell_batch()) is not None:
        told += batch
    return told
