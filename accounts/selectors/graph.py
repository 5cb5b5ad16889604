"""Who follows whom, and who asks to. Called by views, services and other apps; must never write."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from accounts.models import Follow, FollowRequest, User
from accounts.paging import Page, newest_first
from accounts.selectors.blocks import not_blocked

SUGGESTED = 100
LISTED = 50
# Whoever has more waiting sees the next as they answer.
REQUESTS_SHOWN = 50


def follows(follower: User, followed: User) -> bool:
    """One query."""
    return Follow.objects.filter(follower=follower, followed=followed).exists()


def followed_among(follower: User, users: Iterable[User]) -> set[int]:
    """The primary keys of those of `users` (people or primary keys) whom this person follows. One query."""
    return set(Follow.objects.filter(follower=follower, followed__in=users).values_list("followed_id", flat=True))


def has_asked(asker: User, asked: User) -> bool:
    """Whether they wait for the answer of a protected account. One query."""
    return FollowRequest.objects.filter(asker=asker, asked=asked).exists()


def opened_up() -> list[int]:
    """Keys of accounts that have opened up to more than could be let in at once. One query."""
    waiting = FollowRequest.objects.filter(asked__is_protected=False)
    return list(waiting.order_by("asked").values_list("asked", flat=True).distinct())


def asked_among(asker: User, users: Iterable[User]) -> set[int]:
    """The primary keys of those of `users` (people or primary keys) whose answer this person waits for. One query."""
    return set(FollowRequest.objects.filter(asker=asker, asked__in=users).values_list("asked_id", flat=True))


def follower_count(user: User) -> int:
    """How many follow this person, people whose account was closed since included. One query."""
    return Follow.objects.filter(followed=user).count()


def following_count(user: User) -> int:
    """How many this person follows. One query."""
    return Follow.objects.filter(follower=user).count()


def followed_people(user: User) -> list[User]:
    """Whom this person follows, the latest first, as many as a list of suggestions holds. One query."""
    active = User.objects.open().filter(followers__follower=user)
    return list(active.order_by("-followers__created_at")[:SUGGESTED])


def followers(user: User, *, reader, after: str = "") -> Page:
    """Who follows this person, a page of people, the latest first, without those the reader is blocked with. One
    query."""
    return _people(Follow.objects.filter(followed=user), "follower", reader, after)


def following(user: User, *, reader, after: str = "") -> Page:
    """Whom this person follows; as `followers`. One query."""
    return _people(Follow.objects.filter(follower=user), "followed", reader, after)


def follow_requests(user: User) -> list[User]:
    """Who asks to follow, the latest first. One query."""
    asked = _waiting(user).select_related("asker").order_by("-created_at", "-pk")
    return [request.asker for request in asked[:REQUESTS_SHOWN]]


def follow_request_count(user: User) -> int:
    """How many ask to follow. One query, none for an account that nobody has to ask."""
    return _waiting(user).count() if user.is_protected else 0


def _waiting(user: User) -> QuerySet[FollowRequest]:
    return FollowRequest.objects.filter(asked=user, asker__in=User.objects.open())


def _people(follows: QuerySet[Follow], side: str, reader, after: str) -> Page:
    """Those of open accounts on that side."""
    met = Q(**{f"{side}__is_active": True, f"{side}__closing_at": None}) & not_blocked(reader, of=side)
    page = newest_first(follows.filter(met).select_related(side), by="created_at", after=after, size=LISTED)
    return page._replace(rows=[getattr(follow, side) for follow in page.rows])
