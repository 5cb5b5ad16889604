"""What staff may hear of a review copy, and who of them may at this moment: every way of theirs to the bytes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet

from accounts.models import User
from recordings.models import Copy, Segment, StaffAccess
from recordings.selectors.copies import readable_copies, standing_holds
from rooms.models import Participant

# How long one reason counts.
ACCESS = timedelta(hours=1)


@dataclass(frozen=True)
class Voice:
    """Somebody on the stage, and how long (s) their microphone was open."""

    participant: Participant
    seconds: float


def for_staff(copy: Copy) -> bool:
    """Whether people were told that staff may listen to this one. Two queries at most."""
    return copy.space.review_copy and (not copy.on_report or bool(standing_holds(copy)))


def readable_copy(pk, now: datetime) -> Copy | None:
    """One query."""
    return readable_copies(now).select_related("space__host").filter(pk=pk).first()


def open_to(user: User, pk, now: datetime) -> Copy | None:
    """The copy, if this member of staff has written down why within the last hour, and it has not expired since. Three
    queries at most."""
    copy = readable_copy(pk, now)
    if copy is None or not for_staff(copy):
        return None
    said = StaffAccess.objects.filter(copy=copy, by=user, at__gt=now - ACCESS, at__lte=now)
    return copy if said.exists() else None


def pieces(copy: Copy) -> QuerySet[Segment]:
    """Every segment of it, in order."""
    return Segment.objects.filter(copy=copy).order_by("started_us", "pk")


def voices(copy: Copy) -> list[Voice]:
    """Who was heard, those who spoke first first. Two queries."""
    lengths: dict = {}
    for person, samples in pieces(copy).values_list("participant_id", "samples"):
        lengths[person] = lengths.get(person, 0) + samples
    people = Participant.objects.select_related("user").in_bulk(lengths)
    return [Voice(people[pk], samples / 48_000) for pk, samples in lengths.items()]


def length_ms(copy: Copy) -> int:
    """From the start of the Space to the end of the last segment. One query."""
    last = pieces(copy).aggregate(at=Max("started_us"))["at"]
    return 0 if last is None else max(0, last // 1000 - round(copy.space.started_at.timestamp() * 1000)) + 4000
