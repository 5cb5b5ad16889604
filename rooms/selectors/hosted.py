"""The Spaces one person hosts, as somebody else reads of them on their page."""

from typing import NamedTuple

from django.db.models import OuterRef, Q
from django.utils import timezone

from accounts.paging import Page, newest_first
from rooms.models import Space
from rooms.selectors.access import may_know

PAST_SHOWN = 10


class Hosted(NamedTuple):
    """`live` and `planned` are Spaces or None; `past` is a page of those that were on air, the latest first."""

    live: Space | None
    planned: Space | None
    past: Page


def hosted(person, *, reader=None, after: str = "") -> Hosted:
    """What is and will be on air as far as the reader, an account or None, may know of it; what was is listed publicly
    or not at all. Two queries."""
    mine = Space.objects.filter(host=person)
    known = may_know(OuterRef("pk"), reader.pk, timezone.now()) if reader else Q(is_private=False)
    now = {space.state: space for space in mine.filter(known, state__in=[Space.State.LIVE, Space.State.SCHEDULED])}
    past = mine.filter(state=Space.State.ENDED, is_private=False)
    page = newest_first(past, by="ended_at", after=after, size=PAST_SHOWN)
    return Hosted(now.get(Space.State.LIVE), now.get(Space.State.SCHEDULED), page)
