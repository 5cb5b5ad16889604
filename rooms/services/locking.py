"""One lock per Space: the row on PostgreSQL, the whole database on SQLite (BEGIN IMMEDIATE)."""

from rooms.models import Participant, Space
from rooms.roles import Hand, Standing, check_move


def lock(space_id) -> Space:
    """The Space, locked until the transaction ends."""
    return Space.objects.select_for_update().get(pk=space_id)


def fresh(participant: Participant) -> Participant:
    """The participant as committed; call it under the Space's lock."""
    return Participant.objects.select_related("user").get(pk=participant.pk)


def bump(space: Space) -> int:
    """The next version, for the event that is about to be published."""
    space.version += 1
    space.save(update_fields=["version"])
    return space.version


def move(participant: Participant, to: Standing, *, at=None) -> None:
    """Moves along the table in rooms.roles. `at` keeps the place in the queue; a lowered hand has none."""
    check_move(participant.standing, to)
    participant.role, participant.hand = to
    participant.hand_at = None if participant.hand == Hand.DOWN else (participant.hand_at or at)
    participant.save(update_fields=["role", "hand", "hand_at"])
