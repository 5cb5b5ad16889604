"""Destroying what has expired: claim, delete the bytes, see the folder empty, then the rows, and a tombstone.

Called by tasks and a command. Every step finds what is left when it is repeated: being killed anywhere, or run by two
at once, ends in the same. Storage that fails is tried again, later each time, and never taken for done.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from recordings import places, selectors, storing
from recordings.alarms import alarm
from recordings.models import Copy, Cue, Replay, Tombstone
from recordings.models.copy import Destroyable
from recordings.services import guard, mounted, retention
from recordings.services.locking import lock
from recordings.soon import soon
from rooms.selectors.recording import spans

log = logging.getLogger(__name__)

# Longer than a task may run: whoever claimed something before that is dead.
LEASE = timedelta(minutes=6)
# What storage refused is tried again after twice as long each time, and at least so often.
RETRY_AT_LEAST = timedelta(hours=1)
# No round begins another after so long.
ROUND_SECONDS = 60
# Bytes must be gone so long after their date.
PROMISE = timedelta(hours=24)
# Why a replay goes that the host did not wait for.
DELETED = "deleted"


class StillThere(Exception):
    """Storage said it deleted everything, and lists some of it."""


def purge_due() -> int:
    """One round; how many are destroyed now."""
    retention.settle_ended()
    over, done, now = time.monotonic() + ROUND_SECONDS, 0, timezone.now()
    for purge, pk in _to_do(now):
        done += purge(pk)
        if time.monotonic() > over:
            break
    if (late := selectors.overdue(timezone.now())) > PROMISE:
        alarm("purge_late", "something kept should have been destroyed %s ago", late)
    return done


@transaction.atomic
def replay(*, replay: Replay) -> None:
    """Takes a replay away: unreadable with this commit, its files by the next round. For services that have asked
    their rules; repeating it changes nothing."""
    now = timezone.now()
    rows = Replay.objects.filter(pk=replay.pk).exclude(state=Replay.State.DELETED)
    if rows.update(state=Replay.State.DELETED, deleted_at=now, m4a="", opus=""):
        soon("purge")


def copy(pk) -> bool:
    """Whether this call destroyed the copy."""
    claimed = _claim_copy(pk)
    folders = claimed and (places.space_folder(claimed.space_id), places.export_folder(claimed.space_id))
    return claimed is not None and _destroy(claimed, folders, partial(_bury_copy, claimed))


def expired_replay(pk) -> bool:
    """Whether this call destroyed the replay, if it has expired or was deleted."""
    claimed = _claim_replay(pk)
    folders = claimed and (places.replay_folder(claimed.space_id),)
    return claimed is not None and _destroy(claimed, folders, partial(_bury_replay, claimed))


def _to_do(now: datetime) -> Iterator[tuple[Callable[..., bool], object]]:
    """Up to PURGE_BATCH: first what somebody has begun with, then what has expired, if the clock can be believed."""
    left = settings.PURGE_BATCH
    begun = [(copy, selectors.claimed_copies()), (expired_replay, selectors.deleted_replays())]
    expired = [(copy, selectors.expired_copies(now)), (expired_replay, selectors.expired_replays(now))]
    for purge, rows in begun:
        for row in rows.order_by("purge_claimed_at", "pk"):
            if left and _may_claim(row, now):
                left -= 1
                yield purge, row.pk
    if left and any(rows.exists() for _, rows in expired) and guard.lets_through(now):
        for purge, rows in expired:
            for pk in rows.order_by("expires_at", "pk").values_list("pk", flat=True)[:left]:
                left -= 1
                yield purge, pk


def _may_claim(row: Destroyable, now: datetime) -> bool:
    """Nobody has it in hand. A claim from the future was made by a clock that was wrong."""
    if row.purge_claimed_at is None:
        return True
    wait = min(LEASE * 2 ** min(row.purge_failures, 8), RETRY_AT_LEAST)
    return not now - wait < row.purge_claimed_at <= now


@transaction.atomic
def _claim_copy(pk) -> Copy | None:
    """Holds are looked at under the lock: whoever held it before that holds it."""
    now = timezone.now()
    rows = Copy.objects.select_for_update(skip_locked=True, of=("self",), no_key=True).select_related("space")
    found = rows.filter(pk=pk).first()
    if found is None or found.state not in (Copy.State.KEPT, Copy.State.PURGING):
        return None
    if found.state == Copy.State.KEPT:
        if selectors.standing_holds(found):
            retention.recompute(found)
        if found.expires_at is None or found.expires_at > now:
            return None
    return _take(found, now, state=Copy.State.PURGING)


@transaction.atomic
def _claim_replay(pk) -> Replay | None:
    now = timezone.now()
    found = Replay.objects.select_for_update(skip_locked=True, of=("self",), no_key=True).filter(pk=pk).first()
    if found is None or found.purged_at is not None:
        return None
    if found.state != Replay.State.DELETED and (found.expires_at is None or found.expires_at > now):
        return None
    unreadable = {"state": Replay.State.DELETED, "deleted_at": found.deleted_at or now, "m4a": "", "opus": ""}
    return _take(found, now, **unreadable)


def _take(row: Destroyable, now: datetime, **facts):
    """Compare-and-set: of all who found it, one."""
    if not _may_claim(row, now):
        return None
    same = type(row).objects.filter(pk=row.pk, state=row.state, purge_claimed_at=row.purge_claimed_at)
    if same.update(purge_claimed_at=now, **facts) != 1:
        return None
    for name, fact in {"purge_claimed_at": now, **facts}.items():
        setattr(row, name, fact)
    return row


def _destroy(row: Destroyable, folders, bury: Callable[[], bool]) -> bool:
    """Whether it is gone. What storage raises is counted, told, and left for a later round."""
    try:
        mounted.must_be_there()
        for folder in folders:
            storing.empty(folder)
        if left := [name for folder in folders for name in storing.walk(folder)]:
            raise StillThere(f"{len(left)} files, such as {left[0]}")
        for folder in folders:
            storing.remove(folder)
    except Exception as error:
        log.error("%s %s could not be destroyed, tried again later: %r", type(row).__name__, row.pk, error)
        failures, said = row.purge_failures + 1, repr(error)[:200]
        _mine(row).update(purge_failures=failures, purge_error=said)
        return False
    return bury()


def _mine(row: Destroyable):
    return type(row).objects.filter(pk=row.pk, state=row.state, purge_claimed_at=row.purge_claimed_at)


NO_CLAIM = {"purge_claimed_at": None, "purge_failures": 0, "purge_error": ""}


@transaction.atomic
def _bury_copy(copy: Copy) -> bool:
    """The words of those whose replay can still be heard go with that. Of holds it stays which there were and when, of
    staff everything."""
    if not _mine(copy).update(state=Copy.State.PURGED, **NO_CLAIM):
        return False
    segments, exports = copy.segments.order_by(), copy.exports.exclude(file="")
    sound = segments.aggregate(files=Count("pk"), bytes=Sum("bytes", default=0))
    zips = exports.aggregate(files=Count("pk"), bytes=Sum("size", default=0))
    _tomb(copy, Tombstone.Kind.COPY, copy.why, copy.expires_at, *(sound[k] + zips[k] for k in ("files", "bytes")))
    segments._raw_delete(segments.db)
    copy.exports.all().delete()
    words = Cue.objects.filter(copy=copy)
    if Replay.objects.filter(space=copy.space_id).exclude(state=Replay.State.DELETED).exists():
        words = words.exclude(participant__in=spans(copy.space))
    words.delete()
    copy.holds.update(reason="")
    return True


@transaction.atomic
def _bury_replay(replay: Replay) -> bool:
    """With what people said of it, and what was computed from the sound."""
    now = timezone.now()
    empty = {"title": "", "error": "", "claim": "", "peaks": [], "chapters": [], "voices": [], "pieces": []}
    if not _mine(replay).filter(purged_at__isnull=True).update(purged_at=now, **empty, **NO_CLAIM):
        return False
    for rows in (replay.likes, replay.comments, replay.clips):
        rows.all().delete()
    # Whoever writes words down, or buries the copy, is done then.
    if copy := Copy.objects.filter(space=replay.space_id).first():
        lock(copy.pk)
    Cue.objects.filter(copy__space=replay.space_id, copy__state=Copy.State.PURGED).delete()
    sizes = [size for size in (replay.m4a_bytes, replay.opus_bytes) if size]
    expired = replay.expires_at is not None and replay.expires_at <= replay.deleted_at
    reason, at = ("usual", replay.expires_at) if expired else (DELETED, replay.deleted_at)
    _tomb(replay, Tombstone.Kind.REPLAY, reason, at, len(sizes), sum(sizes))
    return True


def _tomb(row: Destroyable, kind: str, reason: str, expired_at: datetime, files: int, size: int) -> None:
    """None for what never had a file."""
    if files:
        of = places.tomb(kind, row.space_id)
        facts = {"reason": reason, "expired_at": expired_at, "purged_at": timezone.now()}
        Tombstone.objects.create(of=of, kind=kind, files=files, bytes=size, **facts)
