"""Making a file that somebody asked for: claimed by one, written aside, stored, and called ready only then.

Used by services whose rows have the columns of accounts.models.AccountExport. `file` of a row is its maker's claim: a
name in storage nobody else uses. Whoever lost the claim writes nothing more.
"""

import hashlib
import logging
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, BinaryIO

from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

log = logging.getLogger(__name__)

QUEUED, MAKING, READY, FAILED, DELETED = "queued", "making", "ready", "failed", "deleted"
# What cannot be stored is tried again for so long.
TRIED_FOR = timedelta(hours=1)
# Parts done, of how many. Raises Superseded.
Report = Callable[[int, int], None]


class Superseded(Exception):
    """Somebody else makes this now, or nobody wants it any more."""


@dataclass(frozen=True)
class Workshop:
    """How one kind of file is made: where it lies, what a new claim on a row is called, what is written, until when it
    is kept, and whom that is told to, in the transaction that calls it ready."""

    storage: str
    name: Callable[[Any], str]
    write: Callable[[BinaryIO, Any, Report], None]
    until: Callable[[Any, datetime], datetime]
    tell: Callable[[Any, datetime], None] = lambda row, until: None

    def make_each(self, rows: Iterable, *, seconds: float) -> int:
        """How many are ready now. Begins no other after so long."""
        over, made = time.monotonic() + seconds, 0
        for row in list(rows):
            made += self.make(row)
            if time.monotonic() > over:
                break
        return made

    def make(self, row) -> bool:
        """Whether it is ready now. Storage that is away leaves it for the next round."""
        if not self._claim(row):
            return False
        stored = ""
        try:
            with tempfile.TemporaryFile() as file:
                self.write(file, row, partial(_progress, row))
                size = file.tell()
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                file.seek(0)
                stored = row.file
                storages[self.storage].save(row.file, File(file))
            self._finish(row, size=size, sha256=digest)
            return True
        except Superseded:
            log.info("%s is made by somebody else, or by nobody any more", row)
        except OSError as error:
            log.warning("%s could not be stored: %r", row, error)
            _give_back(row, QUEUED if timezone.now() < row.asked_at + TRIED_FOR else FAILED)
        except Exception:
            log.exception("%s could not be made", row)
            _give_back(row, FAILED)
        if stored:
            self._discard(row, stored)
        return False

    def delete(self, row) -> bool:
        """Whether it is gone now. What storage would not delete is tried again by the next round."""
        try:
            storages[self.storage].delete(row.file)
        except OSError as error:
            log.warning("%s could not be deleted, the next round tries again: %r", row, error)
            return False
        return type(row).objects.filter(pk=row.pk, file=row.file).update(state=DELETED, file="") == 1

    def delete_all(self, rows) -> None:
        """Of somebody whose account is erased. Raises what storage raises: it is not erased then."""
        for row in rows.exclude(file=""):
            storages[self.storage].delete(row.file)
        rows.all().delete()

    def _claim(self, row) -> bool:
        """Compare-and-set: of all who found it waiting, one."""
        now, file = timezone.now(), self.name(row)
        same = type(row).objects.filter(pk=row.pk, state=row.state, file=row.file)
        claimed = same.update(state=MAKING, started_at=now, file=file, done=0, parts=0) == 1
        row.state, row.file = MAKING, file
        return claimed

    def _discard(self, row, stored: str) -> None:
        """A file that was not called ready, unless it was after all. What stays is swept."""
        if not type(row).objects.filter(file=stored, state=READY).exists():
            with suppress(OSError):
                storages[self.storage].delete(stored)

    @transaction.atomic
    def _finish(self, row, *, size: int, sha256: str) -> None:
        now = timezone.now()
        until = self.until(row, now)
        _note(row, state=READY, ready_at=now, expires_at=until, size=size, sha256=sha256)
        self.tell(row, until)


def _mine(row):
    return type(row).objects.filter(pk=row.pk, state=MAKING, file=row.file)


def _progress(row, done: int, parts: int) -> None:
    """Heard of just now: the lease of its maker counts from here."""
    _note(row, done=done, parts=parts, started_at=timezone.now())


def _note(row, **progress) -> None:
    if not _mine(row).update(**progress):
        raise Superseded


def _give_back(row, state: str) -> None:
    _mine(row).update(state=state, file="")
