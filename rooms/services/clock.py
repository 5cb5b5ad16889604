"""What time brings to one Space: called by tasks for those it may be due in, as often as they like."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from rooms.events import OfferDropped
from rooms.models import Space
from rooms.publish import publish
from rooms.services import queue, recording, schedule, succession, turns
from rooms.services.locking import bump, lock


@transaction.atomic
def tick(*, space_id) -> None:
    """Offers lapse, a turn is over, who was asked to be recorded did not answer, a host is replaced or the Space ends;
    what was not started expires."""
    space, now = lock(space_id), timezone.now()
    if space.is_scheduled:
        schedule.expire(space, now)
    if space.is_live:
        succession.look_after(space, now)
    if space.is_live:
        turns.time_up(space, now)
        recording.time_up(space, now)
        _lapse_offers(space, now)


def _lapse_offers(space: Space, now: datetime) -> None:
    for person in queue.lapse(space, now):
        people = queue.settle(space)
        publish(OfferDropped(space=space.pk, version=bump(space), participant=person.pk, people=people))
