"""What stands in somebody's calendar, and whose calendar an address is."""

from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db.models import OuterRef, Q

from rooms.feeds import read_feed_token
from rooms.models import CalendarFeed, Space
from rooms.selectors.access import is_told

# What is over stays so long, so that programs read that it was cancelled; and so many at most.
KEPT = timedelta(days=30)
EVENTS_MAX = 500
# Of whoever has never replaced their address.
FIRST = 1


def feed_generation(user) -> int:
    """Which of this person's addresses counts; the first until they replace it. One query."""
    return CalendarFeed.objects.filter(user=user).values_list("generation", flat=True).first() or FIRST


def feed_owner(token: str):
    """The active account whose calendar that is, or None. One query."""
    if (found := read_feed_token(token)) is None:
        return None
    pk, generation = found
    user = get_user_model().objects.open().select_related("calendar_feed").filter(pk=pk).first()
    feed = getattr(user, "calendar_feed", None)
    return user if generation == (feed.generation if feed else FIRST) else None


def calendar_of(user, now: datetime) -> list[Space]:
    """Planned Spaces this person hosts or is told of, the next first. One query."""
    mine = Q(host=user) | is_told(OuterRef("pk"), user.pk, now)
    planned = Space.objects.filter(mine, scheduled_for__gt=now - KEPT)
    return list(planned.select_related("host").order_by("-scheduled_for", "pk")[:EVENTS_MAX])
