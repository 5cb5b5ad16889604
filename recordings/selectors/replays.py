"""Which replays have work to do. Called by the service of replays."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from recordings.models import Replay
from rooms.models import Consent, RecordingPeriod, Space

State = Replay.State


def replays_to_make(now: datetime, lease: timedelta) -> list[Replay]:
    """Those whose time has come, and those whose maker was not heard of for the lease. One query."""
    due = Q(state=State.WAITING, wanted_at__lte=now) | Q(state=State.MIXING, claimed_at__lte=now - lease)
    left = Q(for_good=True) | Q(expires_at__gt=now)
    return list(Replay.objects.filter(due, left).select_related("space").order_by("wanted_at"))


def mixings() -> set[str]:
    """The claims under way. One query."""
    return set(Replay.objects.filter(state=State.MIXING).values_list("claim", flat=True))


def without_replay(since: datetime) -> list:
    """Keys of Spaces that ended since then, were recorded, and have none yet. One query."""
    recorded = RecordingPeriod.objects.filter(space=OuterRef("pk"))
    over = Space.objects.filter(Exists(recorded), state=Space.State.ENDED, ended_at__gt=since, replay__isnull=True)
    return list(over.values_list("pk", flat=True))


def heard_without_consent() -> list:
    """Keys of Spaces whose replay was called ready before somebody took themselves out. One query."""
    withdrawn = Consent.objects.filter(answer=Consent.Answer.WITHDRAWN, at__gte=OuterRef("ready_at"))
    gone = withdrawn.filter(space=OuterRef("space"))
    return list(Replay.objects.filter(Exists(gone), state=State.READY).values_list("space", flat=True))


def lately_made(since: datetime) -> list:
    """Keys of replays that became ready since then. One query."""
    return list(Replay.objects.filter(ready_at__gt=since).values_list("pk", flat=True))
