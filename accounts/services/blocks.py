"""Blocking and muting people, and the end of both. Called by views; a repeat writes nothing and tells nobody."""

from django.db import transaction
from django.db.models import Q

from accounts import rules
from accounts.events import Blocked, Unblocked
from accounts.models import Block, Follow, FollowRequest, Mute, User
from accounts.publish import publish
from accounts.services.locking import lock_people


@transaction.atomic
def block(*, person: User, by: User) -> bool:
    """Whether this is new. Neither follows the other any more, nor asks to; what else ends with it is up to who hears
    of it."""
    rules.may_block(by, person)
    lock_people(by, person)
    if not Block.objects.get_or_create(blocker=by, blocked=person)[1]:
        return False
    Follow.objects.filter(Q(follower=by, followed=person) | Q(follower=person, followed=by)).delete()
    FollowRequest.objects.filter(Q(asker=by, asked=person) | Q(asker=person, asked=by)).delete()
    publish(Blocked(blocker=by.pk, blocked=person.pk, accounts=(by.pk, person.pk)))
    return True


@transaction.atomic
def unblock(*, person: User, by: User) -> bool:
    """Whether there was something to undo. What the block ended stays ended."""
    if not Block.objects.filter(blocker=by, blocked=person).delete()[0]:
        return False
    publish(Unblocked(blocker=by.pk, blocked=person.pk, accounts=(by.pk, person.pk)))
    return True


@transaction.atomic
def mute(*, person: User, by: User) -> bool:
    """Whether this is new. Only for whoever mutes; nobody is told."""
    rules.may_mute(by, person)
    return Mute.objects.get_or_create(muter=by, muted=person)[1]


@transaction.atomic
def unmute(*, person: User, by: User) -> bool:
    """Whether there was something to undo."""
    return Mute.objects.filter(muter=by, muted=person).delete()[0] > 0
