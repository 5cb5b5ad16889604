"""Copies of people's own data: asked for, made by Celery into a file of its own, and deleted after their time.

`file` of a row is its maker's claim: a name in storage nobody else uses. Whoever lost the claim writes nothing more,
and what is in storage without a row is swept.
"""

import hashlib
import logging
import secrets
import tempfile
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

from accounts import archive, letters, rules, selectors
from accounts.events import AccountsTold
from accounts.models import AccountExport, User
from accounts.publish import publish
from accounts.services.locking import lock_people
from accounts.soon import soon

log = logging.getLogger(__name__)

State = AccountExport.State
FOLDER = "copies"
# Longer than a task may run: whoever claimed a copy before that is dead.
LEASE = timedelta(minutes=6)
# No round begins another copy after so long; each may take as long as a task may run.
ROUND_SECONDS = 60
# A copy that cannot be stored is tried again for so long.
TRIED_FOR = timedelta(hours=1)


class Superseded(Exception):
    """Somebody else makes this copy now, or nobody wants it any more."""


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
    over, made = time.monotonic() + ROUND_SECONDS, 0
    for copy in list(selectors.copies_to_make(timezone.now(), LEASE).select_related("user")):
        made += make(copy)
        if time.monotonic() > over:
            break
    return made


def make(copy: AccountExport) -> bool:
    """Whether it is ready now. Storage that is away leaves it for the next round."""
    if not _claim(copy):
        return False
    stored = ""
    try:
        with tempfile.TemporaryFile() as file:
            archive.write(file, copy.user, lambda done, parts: _note(copy, done=done, parts=parts))
            size = file.tell()
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            stored = copy.file
            storages["private"].save(copy.file, File(file))
        _finish(copy, size=size, sha256=digest)
        return True
    except Superseded:
        log.info("copy %s is made by somebody else", copy.pk)
    except OSError as error:
        log.warning("copy %s could not be stored: %r", copy.pk, error)
        _give_back(copy, State.QUEUED if timezone.now() < copy.asked_at + TRIED_FOR else State.FAILED)
    except Exception:
        log.exception("copy %s could not be made", copy.pk)
        _give_back(copy, State.FAILED)
    if stored:
        sweep()
    return False


def _claim(copy: AccountExport) -> bool:
    """Compare-and-set: of all who found it waiting, one."""
    now, file = timezone.now(), f"{FOLDER}/{copy.pk}-{secrets.token_hex(8)}.zip"
    same = AccountExport.objects.filter(pk=copy.pk, state=copy.state, file=copy.file)
    claimed = same.update(state=State.MAKING, started_at=now, file=file, done=0, parts=0) == 1
    copy.state, copy.file = State.MAKING, file
    return claimed


def _mine(copy: AccountExport):
    return AccountExport.objects.filter(pk=copy.pk, state=State.MAKING, file=copy.file)


def _note(copy: AccountExport, **progress) -> None:
    if not _mine(copy).update(**progress):
        raise Superseded


@transaction.atomic
def _finish(copy: AccountExport, *, size: int, sha256: str) -> None:
    now = timezone.now()
    until = now + timedelta(days=settings.COPY_KEPT_DAYS)
    _note(copy, state=State.READY, ready_at=now, expires_at=until, size=size, sha256=sha256)
    letters.write("copy_ready", copy.user, until=until)


def _give_back(copy: AccountExport, state: str) -> None:
    _mine(copy).update(state=state, file="")


def delete_expired(now: datetime) -> int:
    """How many are gone now. What storage would not delete is tried again by the next round."""
    return sum(_delete(copy) for copy in selectors.copies_to_delete(now))


def delete_all(*, user: User) -> None:
    """Of an account that is erased. Raises what storage raises: it is not erased then."""
    for copy in user.exports.exclude(file=""):
        storages["private"].delete(copy.file)
    user.exports.all().delete()


def _delete(copy: AccountExport) -> bool:
    try:
        storages["private"].delete(copy.file)
    except OSError as error:
        log.warning("copy %s could not be deleted, the next round tries again: %r", copy.pk, error)
        return False
    return AccountExport.objects.filter(pk=copy.pk, file=copy.file).update(state=State.DELETED, file="") == 1


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
