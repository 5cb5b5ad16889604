"""Removing somebody from a Space, which bars them from it, and lifting that."""

from django.db import transaction
from django.utils import timezone

from rooms import rules
from rooms.events import RemovalLifted, Removed
from rooms.models import Participant
from rooms.publish import publish
from rooms.services import attendance, claims, queue
from rooms.services.locking import bump, fresh, lock


@transaction.atomic
def remove(*, participant: Participant, by: Participant) -> None:
    """Out, and barred from this Space; also somebody who already left."""
    space, person, actor = lock(participant.space_id), fresh(participant), fresh(by)
    rules.may_remove(space, actor, person)
    if person.removed_at is not None:
        return
    if person.is_present:
        attendance.go_out(space, person)
    person.removed_at, person.removed_by = timezone.now(), actor
    person.save(update_fields=["removed_at", "removed_by"])
    accounts = claims.withdraw_all(space, person)
    people = queue.settle(space)
    publish(Removed(space=space.pk, version=bump(space), participant=person.pk, people=people, accounts=accounts))


@transaction.atomic
def lift(*, participant: Participant, by: Participant) -> None:
    """They may come in again; nobody is brought back."""
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_lift_removal(space, fresh(by), person)
    person.removed_at = person.removed_by = None
    person.save(update_fields=["removed_at", "removed_by"])
    publish(RemovalLifted(space=space.pk, version=bump(space), participant=person.pk))
