"""Removing somebody from a Space, which bars them from it, and lifting that."""

from django.db import transaction
from django.utils import timezone

from rooms import rules, selectors
from rooms.events import RemovalLifted, Removed
from rooms.models import Participant
from rooms.publish import publish
from rooms.roles import LEADERS
from rooms.services import claims, exits, queue
from rooms.services.locking import bump, fresh, lock


@transaction.atomic
def remove(*, participant: Participant, by: Participant) -> None:
    """Out, and barred from this Space; also somebody who already left. Whoever is inside with the same browser goes
    with them, unless they lead."""
    space, person, actor = lock(participant.space_id), fresh(participant), fresh(by)
    rules.may_remove(space, actor, person)
    if person.removed_at is not None:
        return
    if person.is_present:
        exits.go_out(space, person)
    person.removed_at, person.removed_by = timezone.now(), actor
    person.save(update_fields=["removed_at", "removed_by"])
    claims.withdraw_all(space, person)
    people, accounts = queue.settle(space), _accounts(person)
    publish(Removed(space=space.pk, version=bump(space), participant=person.pk, people=people, accounts=accounts))
    for other in selectors.came_with(person.device, space).filter(left_at__isnull=True).exclude(role__in=LEADERS):
        remove(participant=other, by=by)


@transaction.atomic
def lift(*, participant: Participant, by: Participant) -> None:
    """They may come in again, and with them whoever was removed with the same browser; nobody is brought back."""
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_lift_removal(space, fresh(by), person)
    person.removed_at = person.removed_by = None
    person.save(update_fields=["removed_at", "removed_by"])
    others = selectors.came_with(person.device, space).filter(removed_at__isnull=False)
    lifted = [person, *others]
    others.update(removed_at=None, removed_by=None)
    people, accounts, version = tuple(one.pk for one in lifted), _accounts(*lifted), bump(space)
    publish(RemovalLifted(space=space.pk, version=version, participant=person.pk, people=people, accounts=accounts))


def _accounts(*people: Participant) -> tuple[int, ...]:
    """On their own pages stands what they may know of a private Space."""
    return tuple(person.user_id for person in people if not person.is_guest)
