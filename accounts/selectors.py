"""Every read of people. Called by views; must never write."""

from accounts.models import User


def person(handle: str) -> User:
    """The person known by this handle, whatever its case. Raises User.DoesNotExist, for deactivated accounts too."""
    return User.objects.get(handle=handle.lower(), is_active=True)
