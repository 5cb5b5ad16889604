"""Who somebody is. Called by views, services and other apps; must never write."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import FormerHandle, User


def person(handle: str) -> User:
    """The person known by this handle, whatever its case. Raises User.DoesNotExist, for closed accounts too."""
    return User.objects.open().get(handle=handle.lower())


def formerly(handle: str) -> User | None:
    """Who went by this handle until lately, for as long as it leads to them. One query."""
    return User.objects.open().filter(former_handles__in=_kept(handle)).first()


def handle_is_kept(handle: str, *, by_others_than: User | None = None) -> bool:
    """Whether it still leads to somebody who gave it up. One query."""
    kept = _kept(handle)
    return (kept.exclude(user=by_others_than) if by_others_than else kept).exists()


def handle_changes(user: User, *, since: datetime) -> int:
    """How often they have changed their handle. One query."""
    return FormerHandle.objects.filter(user=user, changed_at__gt=since).count()


def _kept(handle: str) -> QuerySet[FormerHandle]:
    return FormerHandle.objects.filter(handle=handle.lower(), until__gt=timezone.now())
