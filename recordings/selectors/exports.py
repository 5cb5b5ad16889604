"""Own data of sessions that people asked for. Called by views, services and tasks; must never write."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from recordings.models import Copy, Cue, Replay, SessionExport
from recordings.selectors.copies import readable_copies
from rooms.models import Consent, Participant, Space

State = SessionExport.State
UNDER_WAY = (State.QUEUED, State.MAKING)
SHOWN = 5
A_DAY = timedelta(days=1)


def exports_of(space: Space, user: User) -> list[SessionExport]:
    """The newest first, those deleted since included. One query."""
    mine = SessionExport.objects.filter(copy__space=space, user=user).select_related("copy__space")
    return list(mine[:SHOWN])


def kept_copy(space: Space, now: datetime) -> Copy | None:
    """What is still there of the Space. One query."""
    return readable_copies(now).filter(space=space).first()


def export_of(space: Space, user: User, pk, now: datetime) -> SessionExport | None:
    """Whose copy can still be read; `outlived` says whether something of what is in it cannot. One query."""
    mine = SessionExport.objects.filter(copy__in=readable_copies(now), copy__space=space, user=user, pk=pk)
    return mine.annotate(outlived=_outlived(now)).select_related("copy").first()


def exports_asked(copy: Copy, user: User, now: datetime) -> int:
    """In the last 24 hours; those that could not be made do not count. One query."""
    asked = SessionExport.objects.filter(copy=copy, user=user, asked_at__gt=now - A_DAY)
    return asked.exclude(state=State.FAILED).count()


def exports_to_make(now: datetime, lease: timedelta) -> QuerySet[SessionExport]:
    """Those nobody makes, or whose maker was not heard of for the lease, while there is something to make them of."""
    waiting = Q(state=State.QUEUED) | Q(state=State.MAKING, started_at__lte=now - lease)
    return SessionExport.objects.filter(waiting, copy__in=readable_copies(now)).order_by("asked_at")


def exports_to_delete(now: datetime) -> list[SessionExport]:
    """One query."""
    return list(SessionExport.objects.filter(Q(expires_at__lte=now) | _outlived(now), state=State.READY))


def spoke(space: Space, user: User) -> bool:
    """Whether they were on the stage. One query."""
    return Participant.objects.filter(space=space, user=user, spoke_at__isnull=False).exists()


def own_cues(space: Space, user: User) -> QuerySet[Cue]:
    """What they said, as far as it is written."""
    return Cue.objects.filter(copy__space=space, participant__user=user)


def _outlived(now: datetime) -> Q:
    """Sessions of which somebody has taken themselves out since their maker was last heard of, or whose replay is gone
    since then; what went before is in none that is ready."""
    space, since = OuterRef("copy__space"), OuterRef("started_at")
    withdrawn = Consent.objects.filter(space=space, answer=Consent.Answer.WITHDRAWN, at__gte=since)
    gone = Q(deleted_at__gte=since) | Q(expires_at__gt=since, expires_at__lte=now)
    replays = Replay.objects.filter(gone, space=space)
    return Q(kind=SessionExport.Kind.HOST) & (Q(Exists(withdrawn)) | Q(Exists(replays)))
