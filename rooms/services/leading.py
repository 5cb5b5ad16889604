"""Co-hosts of a live Space: asked by the host, and dismissed again. Who is asked from outside is in invitations.py."""

from django.db import transaction

from rooms import rules
from rooms.events import CohostDismissed
from rooms.models import Participant
from rooms.publish import publish
from rooms.refusals import refuse_if
from rooms.roles import SPEAKING
from rooms.services import floor, invitations, queue
from rooms.services.locking import bump, fresh, lock, move


def ask_to_cohost(*, participant: Participant, by: Participant) -> None:
    """Somebody inside, an account by an account: guests have none, and whoever listens unnamed shows none."""
    refuse_if(by.is_guest, "host_only")
    refuse_if(participant.is_guest, "target_is_guest")
    refuse_if(participant.unnamed, "target_unnamed")
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
