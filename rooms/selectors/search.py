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

# Of a word that half of all Spaces gone by have, so many are looked at, the latest first.
ENDED_READ = 1000
ORDER = {
    Space.State.LIVE: ("-warmth", "pk"),
    Space.State.SCHEDULED: ("scheduled_for", "pk"),
    Space.State.ENDED: ("-ended_at", "pk"),
}


def found_spaces(found: list[str], user, *, states, most: int) -> dict[str, list[Space]]:
    """By each of these states, those with these words (accounts.search.asked) in what they are about, or in their
    host's name. One query, and two for each state, three for what is live; one for a state in which none is found."""
    matching = Space.objects.filter(Q(having(found, "search_text")) | Q(host__in=people_named(found)))
    return {state: _first(matching.filter(state=state), user, state, most) for state in states}


def _first(matching: QuerySet[Space], user, state: str, most: int) -> list[Space]:
    spaces = matching
    if state == Space.State.ENDED:
        spaces = Space.objects.filter(pk__in=matching.order_by(*ORDER[state]).values("pk")[:ENDED_READ])
    spaces = spaces.filter(_open_to(user), _of(state, user)).order_by(*ORDER[state]).select_related("host")
    if state == Space.State.LIVE:
        return dressed(list(spaces[:most]))
    return list(spaces.prefetch_related("topics")[:most])


def _open_to(user) -> Q:
    """Of people one can meet, and not blocked either way; private ones for those who may know of them."""
    known = Q(is_private=False)
    if user.is_authenticated:
        known |= may_know(OuterRef("pk"), user.pk, timezone.now())
    return Q(known, not_blocked(user, of="host"), host__is_active=True, host__closing_at__isnull=True)


def _of(state: str, user) -> Q:
    """What has passed of people who are protected is for their followers."""
    if state == Space.State.SCHEDULED:
        return Q(scheduled_for__gt=not_expired(timezone.now()))
    if state == Space.State.ENDED:
        follows = Exists(Follow.objects.filter(follower_id=user.pk, followed=OuterRef("host")))
        return Q(host__is_protected=False) | Q(host_id=user.pk) | follows
    return Q()
