"""Finding Spaces by words, whatever became of them."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Follow
from accounts.search import having
from accounts.selectors import not_blocked, people_named
from rooms.models import Space
from rooms.selectors.access import may_know
from rooms.selectors.home import dressed
from rooms.selectors.listings import not_expired

ORDER = {
    Space.State.LIVE: ("-warmth", "pk"),
    Space.State.SCHEDULED: ("scheduled_for", "pk"),
    Space.State.ENDED: ("-ended_at", "pk"),
}


def found_spaces(found: list[str], user, *, states, most: int) -> dict[str, list[Space]]:
    """By each of these states, those with these words (accounts.search.asked) in what they are about, or in their
    host's name. One query, and three for each state; two where none is found."""
    hosts = people_named(found)
    by_words = Q(having(found, "search_text")) | Q(host__in=hosts)
    spaces = _open_to(user).filter(by_words).select_related("host")
    return {
        state: dressed(list(spaces.filter(_of(state, user), state=state).order_by(*ORDER[state])[:most]))
        for state in states
    }


def _open_to(user) -> QuerySet[Space]:
    """Of people one can meet, and not blocked either way; private ones for those who may know of them."""
    known = Q(is_private=False)
    if user.is_authenticated:
        known |= may_know(OuterRef("pk"), user.pk, timezone.now())
    people = Q(host__is_active=True, host__closing_at__isnull=True)
    return Space.objects.filter(known, people, not_blocked(user, of="host"))


def _of(state: str, user) -> Q:
    """What has passed of people who are protected is for their followers."""
    if state == Space.State.SCHEDULED:
        return Q(scheduled_for__gt=not_expired(timezone.now()))
    if state == Space.State.ENDED:
        follows = Exists(Follow.objects.filter(follower_id=user.pk, followed=OuterRef("host")))
        return Q(host__is_protected=False) | Q(host_id=user.pk) | follows
    return Q()
