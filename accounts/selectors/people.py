"""Who somebody is. Called by views, services and other apps; must never write."""

from django.utils import timezone

from accounts.models import User


def person(handle: str) -> User:
    """The person known by this handle, whatever its case. Raises User.DoesNotExist, for closed accounts too."""
    return User.objects.open().get(handle=handle.lower())


def formerly(handle: str) -> User | None:
    """Who went by this handle until lately, for as long as it leads to them. One query."""
    held = User.objects.open().filter(former_handles__handle=handle.lower(), former_handles__until__gt=timezone.now())
    return held.first()
