"""Every write to a person's account. Called by views, the allauth adapter and the demo; must never read a request."""

from datetime import datetime, timedelta
from uuid import uuid4

from allauth.account import app_settings
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import rules, selectors
from accounts.models import FormerHandle, User
from accounts.rules import Refused, refuse_if
from accounts.services.locking import lock_people


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
    """Store somebody who signs up, their address unproven. Raises IntegrityError when a quicker one took the handle,
    Refused when somebody gave it up a moment ago."""
    user.save(force_insert=True)
    # After the insert, which waits for whoever was about to give it up.
    refuse_if(selectors.handle_is_kept(user.handle), "handle_kept")
    return user


@transaction.atomic
def save_decoy(*, handle: str, display_name: str) -> None:
    """In the place of somebody who signs up with an address that has an account, so that nobody can tell by the handle
    whether it had one. Nobody can sign in to it; it goes as abandoned accounts do. Raises as `save_new` does."""
    user = User(handle=handle, display_name=display_name, email=f"{uuid4().hex}@decoy.invalid")
    user.set_unusable_password()
    save_new(user=user)
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)


@transaction.atomic
def edit_profile(*, user: User, display_name: str, bio: str, link: str, by: User) -> User:
    """Change how a person is shown. Takes cleaned text; the same again writes nothing."""
    if by != user:
        raise PermissionError("only oneself edits one's profile")
    [user] = lock_people(user)
    if (user.display_name, user.bio, user.link) != (display_name, bio, link):
        user.display_name, user.bio, user.link = display_name, bio, link
        user.save(update_fields=["display_name", "bio", "link"])
    return user


@transaction.atomic
def change_handle(*, handle: str, by: User) -> User:
    """Takes a valid handle in lower case. The former one leads here for a while, and one may take it back."""
    [user] = lock_people(by)
    if user.handle == handle:
        return user
    now, span = timezone.now(), timedelta(days=settings.HANDLE_DAYS)
    changes = selectors.handle_changes(user, since=now - span)
    rules.may_change_handle(changes=changes, most=settings.HANDLE_CHANGES_MAX)
    release_abandoned(handle=handle, before=unproven_since())
    refuse_if(User.objects.filter(handle=handle).exists(), "handle_taken")
    FormerHandle.objects.filter(user=user, handle=handle, until__gt=now).update(until=now)
    FormerHandle.objects.create(user=user, handle=user.handle, changed_at=now, until=now + span)
    user.handle = handle
    try:
        with transaction.atomic():
            user.save(update_fields=["handle"])
    except IntegrityError as error:
        raise Refused("handle_taken") from error
    # After the write, which waits for whoever was about to give it up.
    refuse_if(selectors.handle_is_kept(handle), "handle_kept")
    return user


def unproven_since() -> datetime:
    """Whoever signed up before then holds no code any more that proves their address."""
    return timezone.now() - timedelta(seconds=app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT)


@transaction.atomic
def release_abandoned(*, handle: str, before: datetime) -> int:
    """Delete the account that holds `handle` if it was opened before then, never proved an address and never signed in.

    Otherwise a mistyped address would keep its handle from everybody, its owner included. Accounts that were opened by
    staff, or are erased, wait for no proof. Returns how many rows went.
    """
    unproven = EmailAddress.objects.filter(verified=False).values("user_id")
    proven = EmailAddress.objects.filter(verified=True).values("user_id")
    abandoned = User.objects.filter(handle=handle.lower(), date_joined__lt=before, last_login=None, is_staff=False)
    return abandoned.filter(pk__in=unproven).exclude(pk__in=proven).delete()[0]
