"""Somebody's account is about to be erased: they are in no Space any more, and plan none. Called by receivers, the
sweep and erasure; safe to repeat."""

from contextlib import suppress

from django.db import transaction
from django.utils import timezone

from rooms import selectors
from rooms.models import Participant, Space
from rooms.refusals import Refused
from rooms.services import attendance, schedule, succession
from rooms.services.ending import end_space
from rooms.services.locking import lock


def depart(*, user) -> None:
    """As leaving; what they host passes to a co-host or ends after a countdown, what they planned is called off."""
    for stay in selectors.live_stays(user):
        attendance.leave(participant=stay, by=None)
    if hosted := selectors.hosted_live_space(user):
        _pass_on(space=hosted)
    if planned := selectors.scheduled_space(user):
        # Unless they started or cancelled it a moment ago.
        with suppress(Refused):
            schedule.cancel(space=planned, by=user)


def end_hosted(*, user) -> None:
    """No countdown: there is nobody any more who could come back."""
    depart(user=user)
    if hosted := selectors.hosted_live_space(user):
        _end(space=hosted)


@transaction.atomic
def _pass_on(*, space: Space) -> None:
    """Where the host had left before, and their place was held."""
    space = lock(space.pk)
    if space.is_live and not Participant.objects.filter(space=space, user=space.host, left_at__isnull=True).exists():
        succession.succeed(space, timezone.now())


@transaction.atomic
def _end(*, space: Space) -> None:
    space = lock(space.pk)
    if space.is_live:
        end_space(space, cause=Space.EndCause.HOST_GONE)
