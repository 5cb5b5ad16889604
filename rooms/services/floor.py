"""Who has the floor while it is one at a time, and how one leaves the stage; under the Space's lock.

Used by the services beside it, which settle the queue and publish.
"""

from datetime import timedelta

from django.utils import timezone

from rooms.models import Participant, Space
from rooms.roles import LISTENING
from rooms.services import seats
from rooms.services.locking import move


def begin(space: Space, person: Participant) -> None:
    """Starts the turn of somebody who just took their seat; nothing while everybody may speak."""
    if space.turn_seconds is None:
        return
    space.turn_of = person
    space.turn_ends_at = timezone.now() + timedelta(seconds=space.turn_seconds)
    space.save(update_fields=["turn_of", "turn_ends_at"])


def drop(space: Space, person: Participant) -> None:
    """Nobody has the floor, if it was theirs."""
    if space.turn_of_id == person.pk:
        clear(space)


def clear(space: Space) -> None:
    space.turn_of = space.turn_ends_at = None
    space.save(update_fields=["turn_of", "turn_ends_at"])


def keep_order(space: Space, person: Participant) -> None:
    """Whoever leads no more speaks only when it is their turn."""
    if space.turn_seconds is not None and space.turn_of_id != person.pk:
        seats.set_muted(person, True)


def step_down(space: Space, person: Participant) -> None:
    """From the stage to the listeners, the floor with it."""
    seats.free(person)
    move(person, LISTENING)
    drop(space, person)
