"""Asking to follow a protected account, and the answer. Called by views and services.graph; a repeat writes nothing."""

from django.db import transaction

from accounts import rules, selectors
from accounts.events import AccountsTold
from accounts.models import Follow, FollowRequest, Kind, User
from accounts.publish import publish
from accounts.services.batches import BATCH
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


@transaction.atomic
def accept_waiting(*, user_id: int) -> int:
    """Of an account that has opened up: the next of those who wait, who asked first comes first; how many. Called when
    it does, and by a worker for the rest; nobody is told."""
    [user] = lock_people(User(pk=user_id))
    if user.is_protected:
        return 0
    # Locked: who takes a request back meanwhile is seen, or finds the follow.
    waiting = FollowRequest.objects.filter(asked=user).order_by("created_at", "pk").select_for_update()
    if not (some := list(waiting[:BATCH])):
        return 0
    Follow.objects.bulk_create(
        [Follow(follower_id=each.asker_id, followed=user) for each in some], ignore_conflicts=True
    )
    FollowRequest.objects.filter(pk__in=[each.pk for each in some]).delete()
    publish(AccountsTold(accounts=(user.pk,)))
    return len(some)


def _take(*, person: User, by: User) -> bool:
    return FollowRequest.objects.filter(asker=person, asked=by).delete()[0] > 0
