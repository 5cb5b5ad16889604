"""Who follows whom. Called by views, services and other apps; must never write."""

from collections.abc import Iterable

from accounts.models import Follow, User

SUGGESTED = 100


def follows(follower: User, followed: User) -> bool:
    """One query."""
    return Follow.objects.filter(follower=follower, followed=followed).exists()


def followed_among(follower: User, users: Iterable[User]) -> set[int]:
    """The primary keys of those of `users` (people or primary keys) whom this person follows. One query."""
    return set(Follow.objects.filter(follower=follower, followed__in=users).values_list("followed_id", flat=True))


def follower_count(user: User) -> int:
    """How many follow this person, people whose account was closed since included. One query."""
    return Follow.objects.filter(followed=user).count()


def following_count(user: User) -> int:
    """How many this person follows. One query."""
    return Follow.objects.filter(follower=user).count()


def followed_people(user: User) -> list[User]:
    """Whom this person follows, the latest first, as many as a list of suggestions holds. One query."""
    active = User.objects.filter(followers__follower=user, is_active=True)
    return list(active.order_by("-followers__created_at")[:SUGGESTED])
