"""What it means in Spaces that one account blocks another. Who is kept out follows from the rows alone, so there is
nothing to do once a block has gone."""

from django.db import transaction

from rooms import selectors
from rooms.events import AccountsTold
from rooms.models import Reminder
from rooms.publish import publish
from rooms.services import claims, queue
from rooms.services.locking import bump, lock


def heed(*, blocker: int, blocked: int) -> None:
    """Keys of accounts, once the block is there: nothing is open between them any more, and whom it keeps out is out.
    Safe to repeat."""
    for space_id in selectors.concerned(blocker, blocked):
        _heed(space_id=space_id, blocker=blocker, blocked=blocked)


@transaction.atomic
def _heed(*, space_id, blocker: int, blocked: int) -> None:
    space = lock(space_id)
    accounts = claims.withdraw_between(space, blocker, blocked)
    if space.host_id == blocked and Reminder.objects.filter(space=space, user=blocker).delete()[0]:
        accounts += (blocker,)
    people = queue.settle(space)
    if accounts or people:
        publish(AccountsTold(space=space.pk, version=bump(space), people=people, accounts=accounts))


@transaction.atomic
def enforce(*, space_id) -> None:
    """For blocks that nobody heeded, because the process that should have died."""
    space = lock(space_id)
    if people := queue.settle(space):
        publish(AccountsTold(space=space.pk, version=bump(space), people=people))
