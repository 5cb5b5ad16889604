"""Erasing an account whose time has come: what each app keeps of the person, then the row itself.

Called by tasks and commands. Each step is a transaction of its own and finds what is left when it is repeated, so that
being killed anywhere, or run by two workers at once, ends in the same.
"""

import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from accounts import letters, own_data
from accounts.addresses import digest
from accounts.models import (
    BarredAddress,
    Block,
    Conversation,
    FanOut,
    Follow,
    FollowRequest,
    FormerHandle,
    Message,
    Mute,
    Notification,
    User,
)
from accounts.services import copies, safety
from accounts.services.batches import BATCH, delete_some, little_by_little
from accounts.services.locking import lock_people

NAME = "Deleted account"


def erase(*, user_id: int) -> bool:
    """Whether there was something to erase: an account nobody can keep any more."""
    if (user := _take_up(user_id)) is None:
        return False
    for keeper in own_data.keepers():
        keeper.erase(user)
    return _pseudonymise(user)


def release_handles(now: datetime) -> int:
    """Those that were held long enough: then they too are gone. How many."""
    return FormerHandle.objects.filter(user__erased_at__isnull=False, until__lte=now).delete()[0]


def erase_kept(user: User) -> None:
    """This app's part (accounts.own_data), the row of the person left for last."""
    copies.delete_all(user=user)
    if user.avatar:
        default_storage.delete(user.avatar)
    little_by_little(partial(_empty_messages, user))
    for rows in _rows_about(user):
        little_by_little(partial(_delete_some, rows, user))
    for step in STEPS:
        with transaction.atomic():
            lock_people(user)
            step(user)


@transaction.atomic
def _take_up(user_id: int) -> User | None:
    """Under the lock: whoever kept it at the last moment did. Erasing an account lifts no ban: whoever was suspended
    opens no other with the same address."""
    due = User.objects.filter(pk=user_id, closing_at__lte=timezone.now(), erased_at__isnull=True)
    if (user := due.select_for_update(no_key=True).first()) and not user.is_active:
        BarredAddress.objects.get_or_create(digest=digest(user.email), defaults={"created_at": timezone.now()})
    return user


@transaction.atomic
def _empty_messages(user: User) -> int:
    """In the conversations of others it shows that something was said here. How many were emptied now."""
    said = Message.objects.filter(sender=user, is_erased=False).order_by("pk").values_list("pk", flat=True)[:BATCH]
    return Message.objects.filter(pk__in=list(said)).update(text="", card_kind="", card_id="", is_erased=True)


def _rows_about(user: User) -> Iterator[QuerySet]:
    """Of which there may be millions."""
    for model, sides in {
        Follow: ("follower", "followed"),
        FollowRequest: ("asker", "asked"),
        Block: ("blocker", "blocked"),
        Mute: ("muter", "muted"),
        Notification: ("user", "actor"),
    }.items():
        for side in sides:
            yield model.objects.filter(**{side: user}).order_by()


@transaction.atomic
def _delete_some(rows: QuerySet, user: User) -> int:
    lock_people(user)
    return delete_some(rows)


def _leave_conversations(user: User) -> None:
    user.sides.all().delete()
    Conversation.objects.filter(Q(first=user) | Q(second=user), sides__isnull=True).delete()


def _forget_news(user: User) -> None:
    FanOut.objects.filter(actor=user).delete()
    user.preferences.all().delete()
    user.push_subscriptions.all().delete()


def _forget_doors(user: User) -> None:
    """What they came in by."""
    for model in (EmailAddress, Authenticator, UserSession):
        _rename_in_the_log(model, [str(pk) for pk in model.objects.filter(user=user).values_list("pk", flat=True)])
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    safety.end_all_sessions(user=user)


def _forget_in_the_log(user: User) -> None:
    """Staff's log keeps what was done, without the name."""
    _rename_in_the_log(User, [str(user.pk)])


def _rename_in_the_log(model: type[Model], keys: list[str]) -> None:
    of_model = ContentType.objects.get_for_model(model)
    LogEntry.objects.filter(content_type=of_model, object_id__in=keys).update(object_repr=NAME)


STEPS: tuple[Callable[[User], None], ...] = (
    _leave_conversations,
    _forget_news,
    _forget_doors,
    _forget_in_the_log,
)


@transaction.atomic
def _pseudonymise(user: User) -> bool:
    """Whether it was this caller who did. The row stays, because rows of others name it."""
    (user,) = lock_people(user)
    if user.erased_at is not None:
        return False
    now, token = timezone.now(), secrets.token_hex(8)
    letters.forget(user)
    letters.write("erased", user)
    # Nobody else may pass for them at once.
    user.former_handles.all().delete()
    until = now + timedelta(days=settings.HANDLE_HELD_DAYS)
    FormerHandle.objects.create(user=user, handle=user.handle, changed_at=now, until=until)
    user.handle, user.email, user.display_name = f"gone_{token}", f"{token}@deleted.invalid", NAME
    user.bio = user.link = user.avatar = ""
    user.is_active = user.is_staff = user.is_superuser = user.is_protected = user.shows_listening = False
    user.messages_from, user.last_login, user.closing_at = User.MessagesFrom.EVERYONE, None, None
    user.erased_at = now
    user.set_unusable_password()
    user.groups.clear()
    user.user_permissions.clear()
    user.save()
    return True
