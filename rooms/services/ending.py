"""How a live Space ends, under its lock. Used by the services beside it."""

from django.utils import timezone

from rooms.events import SpaceEnded
from rooms.models import Invitation, Participant, Space
from rooms.publish import publish
from rooms.roles import Hand, Role
from rooms.services import claims, recording
from rooms.services.locking import bump


def end_space(space: Space, *, cause: Space.EndCause) -> None:
    """For everybody; those on the stage stay written down, for the page that remains."""
    now = timezone.now()
    recording.close(space, now)
    space.state, space.ended_at, space.end_cause = Space.State.ENDED, now, cause
    space.closing_at = space.turn_of = space.turn_ends_at = None
    space.save(update_fields=["state", "ended_at", "end_cause", "closing_at", "turn_of", "turn_ends_at"])
    inside = Participant.objects.filter(space=space, left_at__isnull=True)
    inside.filter(role=Role.LISTENER).update(hand=Hand.DOWN, hand_at=None, offer_until=None)
    inside.update(left_at=now, away_since=None)
    shown = claims.shown_to(space)
    close_invitations(space)
    publish(SpaceEnded(space=space.pk, version=bump(space), accounts=shown))


def close_invitations(space: Space) -> None:
    """Nobody can answer any more."""
    pending = Invitation.objects.filter(space=space, state=Invitation.State.PENDING)
    pending.update(state=Invitation.State.EXPIRED)
