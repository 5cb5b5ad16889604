"""Celery tasks: thin, idempotent, each safe to run twice."""

from celery import shared_task

from rooms import pulse
from rooms.models import Participant, Space
from rooms.presence import absent
from rooms.services import attendance


@shared_task
def sweep_absent() -> int:
    """Lets those leave of whom nothing was heard for too long; returns how many."""
    gone = 0
    for space in Space.objects.filter(state=Space.State.LIVE):
        # Once more, for changes that were made while Redis was away.
        pulse.announce(space.pk, space.version)
        inside = Participant.objects.filter(space=space, left_at__isnull=True)
        for participant in absent(space.pk, inside):
            attendance.leave(participant=participant, by=None)
            gone += 1
    return gone
