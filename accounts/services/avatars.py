"""Somebody's picture in storage, named after its bytes and whose it is. Called by views; a repeat writes nothing."""

from functools import partial
from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import User
from accounts.services.locking import lock_people


@transaction.atomic
def put(*, picture: bytes, by: User) -> User:
    """`picture` is what accounts.pictures made. The one before is deleted once this one counts."""
    [user] = lock_people(by)
    name = f"avatars/{sha256(b'%d %b' % (user.pk, picture)).hexdigest()[:40]}.webp"
    if user.avatar == name:
        return user
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(picture))
    return _change(user, name)


@transaction.atomic
def remove(*, by: User) -> User:
    [user] = lock_people(by)
    return _change(user, "") if user.avatar else user


def _change(user: User, name: str) -> User:
    before, user.avatar = user.avatar, name
    user.save(update_fields=["avatar"])
    if before:
        transaction.on_commit(partial(_delete_unused, user, before), robust=True)
    return user


@transaction.atomic
def _delete_unused(user: User, name: str) -> None:
    """Under the lock: it may have been chosen again meanwhile."""
    if any(now.avatar == name for now in lock_people(user)):
        return
    default_storage.delete(name)
