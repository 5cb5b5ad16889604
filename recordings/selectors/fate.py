"""What became and becomes of the sound of one Space, as its page says it to everybody: times and numbers, no names.
Of a replay it says nothing to whoever may not know of it."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from recordings import places
from recordings.models import Copy, Hold, Replay, StaffAccess, Tombstone
from recordings.selectors.hearing import known_replay
from rooms.identity import Person
from rooms.models import Space

Stage = Literal["none", "live", "kept", "held", "expired", "destroyed"]


@dataclass(frozen=True)
class Fate:
    """`copy` is None where nothing was captured, `looked_at_again` set under a legal hold alone. `accesses` are the
    moments at which staff opened the copy, newest first."""

    space: Space
    stage: Stage
    copy: Copy | None = None
    looked_at_again: date | None = None
    tomb: Tombstone | None = None
    accesses: list[datetime] = field(default_factory=list)
    replay: Replay | None = None
    replay_stage: Stage = "none"
    replay_tomb: Tombstone | None = None
    # How much of the copy's time is over, in percent.
    percent_over: int = 0

    @property
    def kept_days(self) -> int:
        """From the end of the Space to its date."""
        return (self.copy.expires_at - self.space.ended_at).days

    @property
    def gone_by(self) -> datetime:
        """When the bytes are gone at the latest, of what has expired."""
        return self.copy.expires_at + timedelta(days=1)


def fate(space: Space, person: Person, now: datetime) -> Fate:
    """Four queries, five under a legal hold; two where nothing was captured; one more where the replay is private."""
    copy = Copy.objects.filter(space=space).first()
    replay = known_replay(space, person)
    if copy is None and replay is None:
        return Fate(space=space, stage="live" if space.is_live else "none")
    tombs = {tomb.kind: tomb for tomb in Tombstone.objects.filter(of__in=_names(space))}
    return Fate(
        space=space,
        stage=_stage(copy, now) if copy else "none",
        copy=copy,
        looked_at_again=_review(copy) if copy and copy.why == "legal" else None,
        tomb=tombs.get(Tombstone.Kind.COPY),
        accesses=list(StaffAccess.objects.filter(copy=copy).values_list("at", flat=True)) if copy else [],
        replay=replay,
        replay_stage=_replay_stage(replay, now),
        replay_tomb=tombs.get(Tombstone.Kind.REPLAY) if replay else None,
        percent_over=_percent_over(space, copy, now) if copy else 0,
    )


def _names(space: Space) -> list[str]:
    return [places.tomb(kind, space.pk) for kind in Tombstone.Kind.values]


def _stage(copy: Copy, now: datetime) -> Stage:
    if copy.state == Copy.State.PURGED:
        return "destroyed"
    if copy.state == Copy.State.PURGING or (copy.expires_at is not None and copy.expires_at <= now):
        return "expired"
    if copy.expires_at is None:
        return "held" if copy.why == "legal" else "live"
    return "kept"


def _replay_stage(replay: Replay | None, now: datetime) -> Stage:
    """Also of one that is being mixed: it will be kept as long."""
    if replay is None or replay.state in (Replay.State.EMPTY, Replay.State.FAILED):
        return "none"
    if replay.state == Replay.State.DELETED:
        return "destroyed" if replay.purged_at else "expired"
    if replay.for_good:
        return "held"
    return "expired" if replay.expires_at <= now else "kept"


def _review(copy: Copy) -> date | None:
    holds = Hold.objects.filter(copy=copy, kind=Hold.Kind.LEGAL, lifted_at__isnull=True)
    return holds.order_by("review_on").values_list("review_on", flat=True).first()


def _percent_over(space: Space, copy: Copy, now: datetime) -> int:
    if space.ended_at is None or copy.expires_at is None or copy.expires_at <= space.ended_at:
        return 0
    return min(100, int(100 * (now - space.ended_at) / (copy.expires_at - space.ended_at)))
