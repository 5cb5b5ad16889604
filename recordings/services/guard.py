"""Whether the clock can be believed before a round of the purge: what a wrong clock destroys never comes back.

A round that would take more than PURGE_GUARD_SHARE of all that is kept, and reaches back more than PURGE_GUARD_HOURS
(to the earliest date that has passed: with a round each minute nothing is ever late), is held back and alarms staff.
They let it through with `purge_copies --after-clock-jump`.

Where little is kept, nearly everything is a large share of it, and a server that was switched off over a long weekend
looks like a clock that was set wrong. So that promises of a small server are not broken for ever, up to HANDFUL at once
pass by themselves once this clock has stood its ground for a day of rounds: a clock that is years ahead is noticed by
then, since nobody can sign in and no certificate is valid.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from recordings import selectors
from recordings.alarms import alarm
from recordings.models import PurgeGuard

log = logging.getLogger(__name__)

HANDFUL = 10
PATIENCE = timedelta(days=1)
# Rounds within that time; there are 1,440 when nothing is in their way.
PATIENT_ROUNDS = 720
# Between this process and the database.
SKEW_MOST = timedelta(minutes=5)


def lets_through(now: datetime) -> bool:
    """Whether a round may claim what has expired."""
    if abs(now - database_now(now)) > SKEW_MOST:
        alarm(
            "purge_skew", "nothing is purged: the clocks of this machine and of the database differ by more than 5 min"
        )
        return False
    guard, _ = PurgeGuard.objects.get_or_create(pk=1)
    due = selectors.due(now, beyond=_allowed(guard, now))
    if not _too_much(due, now) or _patient_enough(guard, due, now):
        PurgeGuard.objects.filter(pk=1).exclude(refusals=0).update(refused_since=None, refusals=0)
        return True
    PurgeGuard.objects.filter(pk=1).update(refused_since=guard.refused_since or now, refusals=F("refusals") + 1)
    alarm(
        "purge_guard",
        "nothing is purged: %d of %d things kept expired since %s, as if the clock had been set wrong; if it is right, "
        "run manage.py purge_copies --after-clock-jump",
        due.count,
        due.of,
        due.oldest,
    )
    return False


@transaction.atomic
def allow(now: datetime) -> None:
    """Staff have looked at the clock: what has expired by now may go."""
    PurgeGuard.objects.update_or_create(pk=1, defaults={"allowed_to": now, "refused_since": None, "refusals": 0})


def database_now(now: datetime) -> datetime:
    """By the database's own clock; SQLite has none of its own."""
    if connection.vendor != "postgresql":
        return now
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def _allowed(guard: PurgeGuard, now: datetime) -> datetime | None:
    """None also for what was allowed by a clock that was ahead."""
    return guard.allowed_to if guard.allowed_to and guard.allowed_to <= now + SKEW_MOST else None


def _too_much(due: selectors.Due, now: datetime) -> bool:
    if due.count <= settings.PURGE_GUARD_SHARE * due.of:
        return False
    return now - due.oldest > timedelta(hours=settings.PURGE_GUARD_HOURS)


def _patient_enough(guard: PurgeGuard, due: selectors.Due, now: datetime) -> bool:
    since = guard.refused_since
    if since is None or due.count > HANDFUL or guard.refusals < PATIENT_ROUNDS or now - since < PATIENCE:
        return False
    allow(now)
    return True
