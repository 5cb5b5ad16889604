"""How one is out of a Space, under its lock. Used by the services beside it."""

from django.utils import timezone

from rooms import selectors
from rooms.events import SeenOff
from rooms.models import Participant, Space
from rooms.publish import publish
from rooms.roles import LISTENING, Hand, Role
from rooms.services import claims, floor, seats
from rooms.services.locking import bump, move


def go_out(space: Space, person: Participant) -> None:
    """A host keeps the seat, muted, until somebody else is host."""
    if person.role == Role.HOST:
        seats.set_muted(person, True)
        floor.drop(space, person)
    elif person.is_seated:
        floor.step_down(space, person)
    elif person.hand != Hand.DOWN:
        move(person, LISTENING)
    person.left_at, person.away_since = timezone.now(), None
    person.save(update_fields=["left_at", "away_since"])


def see_off_blocked(space: Space) -> bool:
    """Out with everybody whom the block of somebody who leads keeps out; whether there was anybody. They are not
    removed: the block itself is what keeps them out, and goes by accounts. Whoever has the same browser and no account
    stays a guest; removal is there for browsers."""
    people = selectors.to_see_off(space)
    accounts = []
    for person in people:
        go_out(space, person)
        accounts += [person.user_id, *claims.withdraw_all(space, person)]
    if people:
        out = tuple(person.pk for person in people)
        publish(SeenOff(space=space.pk, version=bump(space), people=out, accounts=tuple(accounts)))
    return bool(people)
