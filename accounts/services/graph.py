"""Who follows whom. Called by views; a repeat writes nothing."""

from django.db import transaction

from accounts import rules, selectors
from accounts.models import Follow, User
from accounts.services.locking import lock_people


@transaction.atomic
def follow(*, person: User, by: User) -> bool:
    """Whether this is new. Only oneself is locked, against blocks: everybody follows the host at once, and the unique
    row settles who came first."""
    if selectors.follows(by, person):
        return False
    [by] = lock_people(by)
    terms = selectors.terms(by, person)
    rules.may_follow(by, User.objects.get(pk=person.pk), blocks=terms.blocks, blocked=terms.blocked)
    return Follow.objects.get_or_create(follower=by, followed=person)[1]


@transaction.atomic
def unfollow(*, person: User, by: User) -> bool:
    """Whether there was something to undo. Never refused: one may leave a closed or a protected account too."""
    return Follow.objects.filter(follower=by, followed=person).delete()[0] > 0
