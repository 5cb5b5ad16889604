"""Copies of people's own data: asked for, made by Celery into a file of its own, and deleted after their time.

What is in storage without a row, of makers who were killed, is swept.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

from accounts import archive, letters, rules, selectors
from accounts.events import AccountsTold
from accounts.models import AccountExport, User
from accounts.publish import publish
from accounts.services.locking import lock_people
from accounts.services.making import Workshop
from accounts.soon import soon

FOLDER = "copies"
# Longer than a task may run: whoever claimed a copy before that is dead.
LEASE = timedelta(minutes=6)
# No round begins another copy after so long; each may take as long as a task may run.
ROUND_SECONDS = 60


@transaction.atomic
def ask(*, by: User) -> AccountExport:
    """One at a time: asking again while one is made answers with that."""
    (me,) = lock_people(by)
    if copy := AccountExport.objects.filter(user=me, state__in=selectors.UNDER_WAY).first():
        return copy
    now = timezone.now()
    rules.may_ask_for_copy(asked=selectors.copies_asked(me, now), most=settings.COPIES_PER_DAY)
    copy = AccountExport.objects.create(user=me, asked_at=now)
    publish(AccountsTold(accounts=(me.pk,)))
    soon("make_copies")
    return copy


def make_waiting() -> int:
    """How many are ready now."""
    waiting = selectors.copies_to_make(timezone.now(), LEASE).select_related("user")
    return WORKSHOP.make_each(waiting, seconds=ROUND_SECONDS)


def make(copy: AccountExport) -> bool:
    """Whether it is ready now. Storage that is away leaves it for the next round."""
    return WORKSHOP.make(copy)


def delete_expired(now: datetime) -> int:
    """How many are gone now. What storage would not delete is tried again by the next round."""
    return sum(WORKSHOP.delete(copy) for copy in selectors.copies_to_delete(now))


def delete_all(*, user: User) -> None:
    """Of an account that is erased. Raises what storage raises: it is not erased then."""
    WORKSHOP.delete_all(user.exports)


def sweep() -> int:
    """Deletes files that no row names: of makers who were killed or came too late. How many."""
    storage = storages["private"]
    if not storage.exists(FOLDER):
        return 0
    found = {f"{FOLDER}/{name}" for name in storage.listdir(FOLDER)[1]}
    orphans = found - selectors.copy_files()
    for name in orphans:
        storage.delete(name)
    return len(orphans)


WORKSHOP = Workshop(
    storage="private",
    name=lambda copy: f"{FOLDER}/{copy.pk}-{secrets.token_hex(8)}.zip",
    write=lambda file, copy, report: archive.write(file, copy.user, report),
    until=lambda copy, now: now + timedelta(days=settings.COPY_KEPT_DAYS),
    tell=lambda copy, until: letters.write("copy_ready", copy.user, until=until),
)
