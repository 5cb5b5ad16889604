"""Asking to follow a protected account, and the answer. Called by views and services.graph; a repeat writes nothing."""

from django.db import transaction

from accounts import rules, selectors
from accounts.events import AccountsTold
from accounts.models import Follow, FollowRequest, Kind, User
from accounts.publish import publish
from accounts.services.locking import lock_people
from accounts.services.notifications import tell


def ask(*, person: User, by: User) -> bool:
    """Whether this is new. Within the transaction of services.graph.follow, under the lock of the account asked."""
    new = FollowRequest.objects.get_or_create(asker=by, asked=person)[1]
    if new:
        tell(kind=Kind.FOLLOW, users=[person.pk], actor=by.pk, subject="request")
        publish(AccountsTold(accounts=(person.pk,)))
    return new


@transaction.atomic
def accept(*, person: User, by: User) -> bool:
    """Whether there was a request; it may have been taken back."""
    lock_people(by)
    terms = selectors.terms(person, by)
    rules.may_follow(person, by, blocks=terms.blocks, blocked=terms.blocked)
    if not _take(person=person, by=by):
        return False
    Follow.objects.get_or_create(follower=person, followed=by)
    tell(kind=Kind.FOLLOW, users=[person.pk], actor=by.pk, subject="accepted")
    publish(AccountsTold(accounts=(by.pk, person.pk)))
    return True


@transaction.atomic
def decline(*, person: User, by: User) -> bool:
    """Whether there was a request. Whoever asked is not told, and may ask again."""
    if not _take(person=person, by=by):
        return False
    publish(AccountsTold(accounts=(by.pk,)))
    return True


def accept_all(*, by: User) -> None:
    """Within the transaction in which an account opens up, under its lock."""
    waiting = FollowRequest.objects.filter(asked=by)
    # Locked: who takes a request back meanwhile is seen, or finds the follow.
    askers = list(waiting.order_by("created_at", "pk").select_for_update().values_list("asker_id", flat=True))
    if not askers:
        return
    follows = (Follow(follower_id=asker, followed=by) for asker in askers)
    Follow.objects.bulk_create(follows, batch_size=500, ignore_conflicts=True)
    waiting.delete()
    publish(AccountsTold(accounts=(by.pk,)))


def _take(*, person: User, by: User) -> bool:
    return FollowRequest.objects.filter(asker=person, asked=by).delete()[0] > 0
