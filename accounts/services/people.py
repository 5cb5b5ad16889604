"""Every write to a person's account. Called by views, the allauth adapter and the demo; must never read a request."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User


@transaction.atomic
def open_account(*, handle: str, email: str, password: str | None, display_name: str, **flags) -> User:
    """An account whose address needs no proof, because whoever opens it runs this server (commands, the demo, tests).

    `flags` are fields of User such as is_staff. Raises IntegrityError when the handle or the address is taken.
    """
    user = User.objects.create_user(handle, email, password, display_name=display_name, **flags)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@transaction.atomic
def save_new(*, user: User) -> User:
    """Store somebody who signs up, their address unproven. Raises IntegrityError when a quicker one took the handle."""
    user.save(force_insert=True)
    return user


@transaction.atomic
def edit_profile(*, user: User, display_name: str, bio: str, by: User) -> User:
    """Change how a person is shown. Takes cleaned text; the same again writes nothing."""
    if by != user:
        raise PermissionError("only oneself edits one's profile")
    user = User.objects.select_for_update().get(pk=user.pk)
    if (user.display_name, user.bio) != (display_name, bio):
        user.display_name, user.bio = display_name, bio
        user.save(update_fields=["display_name", "bio"])
    return user


@transaction.atomic
def release_abandoned(*, handle: str, before: datetime) -> int:
    """Delete the account that holds `handle` if it was opened before then, never proved an address and never signed in.

    Otherwise a mistyped address would keep its handle from everybody, its owner included. Returns how many rows went.
    """
    proven = EmailAddress.objects.filter(verified=True).values("user_id")
    abandoned = User.objects.filter(handle=handle.lower(), date_joined__lt=before, last_login=None, is_staff=False)
    return abandoned.exclude(pk__in=proven).delete()[0]
