"""What others see of an account, and whether they may simply follow it. Called by views; a repeat writes nothing."""

from django.db import transaction

from accounts.models import User
from accounts.services import requests
from accounts.services.locking import lock_people
from accounts.soon import soon


@transaction.atomic
def protect(*, by: User) -> None:
    """From now on followers are approved by hand. Whoever follows already goes on doing so, and a Space goes on."""
    [user] = lock_people(by)
    _set(user, is_protected=True)


@transaction.atomic
def open_up(*, by: User) -> None:
    """Anybody may follow; everybody who has asked does, a great many of them a little later."""
    [user] = lock_people(by)
    if _set(user, is_protected=False) and requests.accept_waiting(user_id=user.pk):
        soon("accept_requests")


@transaction.atomic
def show_listening(*, shown: bool, by: User) -> None:
    """Whether followers see which Space this person listens in."""
    [user] = lock_people(by)
    _set(user, shows_listening=shown)


@transaction.atomic
def take_messages(*, source: str, by: User) -> None:
    """From whom: one of User.MessagesFrom."""
    [user] = lock_people(by)
    _set(user, messages_from=source)


def _set(user: User, **change: bool | str) -> bool:
    """Whether that changed anything."""
    ((name, value),) = change.items()
    if getattr(user, name) == value:
        return False
    setattr(user, name, value)
    user.save(update_fields=[name])
    return True
