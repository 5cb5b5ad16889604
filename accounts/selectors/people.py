"""Who somebody is. Called by views, services and other apps; must never write."""

from accounts.models import User


def person(handle: str) -> User:
    """The person known by this handle, whatever its case. Raises User.DoesNotExist, for closed accounts too."""
    return User.objects.open().get(handle=handle.lower())
