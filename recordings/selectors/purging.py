"""What a purge has to do, for recordings.services.purge and for those who watch over it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Min, Q, QuerySet

from recordings.models import Copy, Replay, Segment, SessionExport
from recordings.selectors.copies import IN_STORAGE

GONE = Replay.State.DELETED


@dataclass(frozen=True)
class Due:
    """How much has expired, of how much that is kept, and since when the earliest of it has."""

    count: int
    of: int
    oldest: datetime | None


def due(now: datetime, *, beyond: datetime | None = None) -> Due:
    """What nobody has claimed yet. `beyond` leaves out what had expired by then; what a decision let expire at once is
    left out as well. Six queries."""
    decided = Q(dated_at__gte=F("expires_at"))
    expired = [expired_copies(now).exclude(decided), expired_replays(now)]
    if beyond is not None:
        expired = [rows.filter(expires_at__gt=beyond) for rows in expired]
    kept = Copy.objects.filter(state__in=IN_STORAGE).count() + Replay.objects.exclude(state=GONE).count()
    dates = [rows.aggregate(oldest=Min("expires_at"))["oldest"] for rows in expired]
    return Due(sum(rows.count() for rows in expired), kept, min(filter(None, dates), default=None))


def expired_copies(now: datetime) -> QuerySet[Copy]:
    return Copy.objects.filter(state=Copy.State.KEPT, expires_at__lte=now)


def expired_replays(now: datetime) -> QuerySet[Replay]:
    """Not those the host has deleted."""
    return Replay.objects.exclude(state=GONE).filter(expires_at__lte=now)


def claimed_copies() -> QuerySet[Copy]:
    """Some purge has begun with them, and not come to its end."""
    return Copy.objects.filter(state=Copy.State.PURGING)


def deleted_replays() -> QuerySet[Replay]:
    """Unreadable already, with files that may still be there."""
    return Replay.objects.filter(state=GONE, purged_at__isnull=True)


def overdue(now: datetime) -> timedelta:
    """How long the longest has waited to be destroyed: its bytes must be gone within 24 hours. Four queries."""
    waiting = [
        expired_copies(now).aggregate(at=Min("expires_at"))["at"],
        claimed_copies().aggregate(at=Min("expires_at"))["at"],
        expired_replays(now).aggregate(at=Min("expires_at"))["at"],
        deleted_replays().aggregate(at=Min("deleted_at"))["at"],
    ]
    return max(now - min(filter(None, waiting), default=now), timedelta(0))


def is_anything_stored() -> bool:
    """Whether rows say that there are files, also those of deleted replays. Three queries at most."""
    replays = Replay.objects.filter(purged_at__isnull=True, m4a_bytes__gt=0)
    return Segment.objects.exists() or replays.exists() or _exports().exists()


def stored_first(most: int) -> list[str]:
    """Names of files that have been there for longest: so many of each kind. Three queries."""
    segments = Segment.objects.order_by("pk").values_list("name", flat=True)[:most]
    replays = Replay.objects.filter(state=Replay.State.READY).order_by("ready_at").values_list("m4a", flat=True)[:most]
    return [*segments, *replays, *_exports().order_by("ready_at").values_list("file", flat=True)[:most]]


def _exports() -> QuerySet[SessionExport]:
    return SessionExport.objects.filter(state=SessionExport.State.READY)


def named_files(space_id) -> set[str]:
    """All names in storage that rows of this Space name. Three queries."""
    names = set(Segment.objects.filter(copy__space=space_id).values_list("name", flat=True))
    for row in Replay.objects.filter(space=space_id).values_list("m4a", "opus"):
        names |= set(row)
    return names | set(SessionExport.objects.filter(copy__space=space_id).values_list("file", flat=True))
