"""Co-hosts of a live Space: asked by the host, and dismissed again. Who is asked from outside is in invitations.py."""

from django.db import transaction

from rooms import rules
from rooms.events import CohostDismissed
from rooms.models import Participant
from rooms.publish import publish
from rooms.refusals import Refused
from rooms.roles import SPEAKING
from rooms.services import floor, invitations, queue
from rooms.services.locking import bump, fresh, lock, move


def ask_to_cohost(*, participant: Participant, by: Participant) -> None:
    """Somebody inside. An account is asked by an account, which guests have not."""
    if by.is_guest:
        raise Refused("host_only")
    if participant.is_guest:
        raise Refused("target_is_guest")
    invitations.invite(space=by.space, user=participant.user, kind="cohost", by=by.user)


@transaction.atomic
def dismiss_cohost(*, participant: Participant, by: Participant) -> None:
    """They keep their seat, as a speaker."""
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_dismiss_cohost(space, fresh(by), person)
    move(person, SPEAKING)
    floor.keep_order(space, person)
    people = queue.settle(space)
    publish(CohostDismissed(space=space.pk, version=bump(space), participant=person.pk, people=people))
