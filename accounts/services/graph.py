"""Who follows whom. Called by views; a repeat writes nothing."""

from django.db import transaction

from accounts import rules, selectors
from accounts.models import Follow, User


@transaction.atomic
def follow(*, person: User, by: User) -> bool:
    """Whether this is new. No lock: everybody follows the host at once, and the unique row settles who came first."""
    if selectors.follows(by, person):
        return False
    rules.may_follow(by, User.objects.get(pk=person.pk))
    return Follow.objects.get_or_create(follower=by, followed=person)[1]


@transaction.atomic
def unfollow(*, person: User, by: User) -> bool:
    """Whether there was something to undo. Never refused: one may leave a closed or a protected account too."""
    return Follow.objects.filter(follower=by, followed=person).delete()[0] > 0
