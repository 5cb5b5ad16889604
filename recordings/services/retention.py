"""Until when a copy is kept: the only writer of its date and the reason for it. recordings.retention computes them."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from recordings import retention, selectors
from recordings.models import Copy
from recordings.services.locking import lock
from recordings.soon import soon
from rooms.models import Space


def recompute(copy: Copy) -> None:
    """From the facts as they are now. Call it under the copy's lock; repeating it changes nothing. What is being
    destroyed keeps the date it had."""
    if copy.state not in selectors.IN_STORAGE:
        return
    space = copy.space
    until, why = retention.copy_until(
        space.ended_at,
        holds=selectors.standing_holds(copy),
        days=settings.RETENTION_DAYS,
        violation_days=settings.RETENTION_VIOLATION_DAYS,
        # What a replay is made of is kept as long as replays are.
        on_report=copy.on_report and not space.recording_periods.exists(),
    )
    state = Copy.State.LIVE if space.ended_at is None else Copy.State.KEPT
    if (copy.expires_at, copy.why, copy.state) == (until, why, state):
        return
    now = timezone.now()
    copy.expires_at, copy.why, copy.dated_at, copy.state = until, why, now, state
    copy.save(update_fields=["expires_at", "why", "dated_at", "state"])
    if until is not None and until <= now:
        soon("purge")


@transaction.atomic
def settle(*, space_id) -> None:
    """The Space has ended: the clock of its copy runs."""
    copy = Copy.objects.filter(space_id=space_id, state=Copy.State.LIVE).first()
    if copy is not None:
        recompute(lock(copy.pk))


def settle_ended() -> int:
    """Copies of Spaces whose end was told to nobody, because the process that ended them was killed. How many."""
    waiting = list(Copy.objects.filter(state=Copy.State.LIVE, space__state=Space.State.ENDED).values_list("space_id"))
    for (space_id,) in waiting:
        settle(space_id=space_id)
    return len(waiting)
