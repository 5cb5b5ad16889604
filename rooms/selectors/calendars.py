"""What stands in somebody's calendar, and whose calendar an address is."""

from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q

from rooms.feeds import read_feed_token
from rooms.models import CalendarFeed, Invitation, InviteLink, Participant, Reminder, Space

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
    user = get_user_model().objects.select_related("calendar_feed").filter(pk=pk, is_active=True).first()
    feed = getattr(user, "calendar_feed", None)
    return user if generation == (feed.generation if feed else FIRST) else None


def calendar_of(user, now: datetime) -> list[Space]:
    """Planned Spaces this person hosts, asked to be reminded of or said yes to, the next first. One query.

    Of a private one whoever asked to be reminded must still have a way in.
    """
    invited = Invitation.objects.filter(space=OuterRef("pk"), user=user)
    accepted = Exists(invited.filter(state=Invitation.State.ACCEPTED))
    ways_in = Q(is_private=False) | Exists(invited.filter(state=Invitation.State.PENDING, expires_at__gt=now))
    ways_in |= Exists(Participant.objects.filter(space=OuterRef("pk"), user=user, removed_at__isnull=True))
    ways_in |= Exists(InviteLink.objects.filter(space=OuterRef("pk"), revoked_at__isnull=True, expires_at__gt=now))
    reminded = Q(Exists(Reminder.objects.filter(space=OuterRef("pk"), user=user)))
    mine = Q(host=user) | accepted | (reminded & ways_in)
    planned = Space.objects.filter(mine, scheduled_for__gt=now - KEPT)
    return list(planned.select_related("host").order_by("-scheduled_for", "pk")[:EVENTS_MAX])
