"""Who follows whom. Called by views; a repeat writes nothing."""

from django.db import transaction

from accounts import rules, selectors
from accounts.events import AccountsTold
from accounts.models import Follow, FollowRequest, Kind, User
from accounts.publish import publish
from accounts.services import requests
from accounts.services.locking import lock_people
from accounts.services.notifications import tell


@transaction.atomic
def follow(*, person: User, by: User) -> bool:
    """Whether this is new. A protected account is asked, under its lock: it may open up meanwhile, and then nobody
    would answer. Otherwise only oneself is locked, against blocks: everybody follows the host at once, and the unique
    row settles who came first."""
    if selectors.follows(by, person):
        return False
    person = User.objects.get(pk=person.pk)
    locked = {user.pk: user for user in (lock_people(by, person) if person.is_protected else lock_people(by))}
    by, person = locked[by.pk], locked.get(person.pk, person)
    terms = selectors.terms(by, person)
    rules.may_follow(by, person, blocks=terms.blocks, blocked=terms.blocked)
    if person.is_protected:
        return requests.ask(person=person, by=by)
    new = Follow.objects.get_or_create(follower=by, followed=person)[1]
    if new:
        tell(kind=Kind.FOLLOW, users=[person.pk], actor=by.pk)
    return new


@transaction.atomic
def unfollow(*, person: User, by: User) -> bool:
    """Whether there was something to undo, a request that was not answered yet included. Never refused: one may leave a
    closed or a protected account too."""
    # As a block does, which takes away the same in another order.
    lock_people(by)
    asked = FollowRequest.objects.filter(asker=by, asked=person).delete()[0] > 0
    if asked:
        publish(AccountsTold(accounts=(person.pk,)))
    # Both, where an account that has opened up has not come to this request.
    return Follow.objects.filter(follower=by, followed=person).delete()[0] > 0 or asked


@transaction.atomic
def remove_follower(*, person: User, by: User) -> bool:
    """Ends that this person follows `by`, who does not tell them. Whether they did."""
    return Follow.objects.filter(follower=person, followed=by).delete()[0] > 0
