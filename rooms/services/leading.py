"""Co-hosts of a live Space: asked by the host, and dismissed again. Who is asked from outside is in invitations.py."""

from django.db import transaction

from rooms import rules
from rooms.events import CohostDismissed
from rooms.models import Participant
from rooms.publish import publish
from rooms.roles import SPEAKING
from rooms.services import floor
from rooms.services.locking import bump, fresh, lock, move


@transaction.atomic
def dismiss_cohost(*, participant: Participant, by: Participant) -> None:
    """They keep their seat, as a speaker."""
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_dismiss_cohost(space, fresh(by), person)
    move(person, SPEAKING)
    floor.keep_order(space, person)
    publish(CohostDismissed(space=space.pk, version=bump(space), participant=person.pk))
