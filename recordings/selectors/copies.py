"""What is kept of Spaces, and who may still read it. `readable` is the filter of every way to the bytes: what it leaves
out does not exist, from the second of its expiry on."""

from datetime import datetime

from django.db.models import Q, QuerySet

from recordings.models import Copy, Hold, Replay
from recordings.selectors import hearing

# Its bytes are there and may stay.
IN_STORAGE = (Copy.State.LIVE, Copy.State.KEPT)


def readable_copies(now: datetime) -> QuerySet[Copy]:
    unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return Copy.objects.filter(unexpired, state__in=IN_STORAGE)


def readable_replays(now: datetime) -> QuerySet[Replay]:
    """Whoever asks; recordings.selectors.hearing says to whom each is open."""
    return Replay.objects.filter(hearing.readable(now))


def is_readable(copy: Copy, now: datetime) -> bool:
    """As `readable_copies`, of a row at hand."""
    return copy.state in IN_STORAGE and (copy.expires_at is None or copy.expires_at > now)


def standing_holds(copy: Copy) -> set[str]:
    """The kinds of holds that stand. One query."""
    return set(Hold.objects.filter(copy=copy, lifted_at__isnull=True).values_list("kind", flat=True))
