"""Where nothing is kept for staff, a copy serves the replay alone: from the end on it holds only who is in that.

Called by tasks: soon after the end and after somebody has taken themselves out, and each hour for what was lost on the
way. Repeating it finds what is left.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from recordings import selectors, storing
from recordings.models import Copy, Replay, Segment
from recordings.services import mounted
from recordings.services.locking import lock
from rooms.selectors.recording import spans

log = logging.getLogger(__name__)

SAMPLES_IN_US = 48_000 / 1e6
# Segments that go under one lock: whoever reports something meanwhile waits for so many.
BATCH = 25


def thin_all() -> int:
    """How many segments went. What storage refuses is told, and tried again by the next round."""
    gone = 0
    perhaps = Q(space__review_copy=False) | Q(on_report=True)
    for copy in Copy.objects.filter(perhaps, state=Copy.State.KEPT).select_related("space"):
        try:
            gone += thin(copy)
        except OSError as error:
            log.error("copy %s could not be thinned, tried again later: %r", copy.pk, error)
    return gone


def thin(copy: Copy) -> int:
    """How many segments went."""
    strange = list(_of_nobody_in_the_replay(copy)) if _serves_the_replay_alone(copy) else []
    return sum(_delete(copy, strange[at : at + BATCH]) for at in range(0, len(strange), BATCH))


@transaction.atomic
def _delete(copy: Copy, segments: Sequence[Segment]) -> int:
    """The files first, then their rows, which are what leads to them; under the lock that holds are placed under."""
    if not _serves_the_replay_alone(lock(copy.pk)):
        return 0
    mounted.must_be_there()
    for segment in segments:
        storing.storage().delete(segment.name)
    return Segment.objects.filter(pk__in=[segment.pk for segment in segments]).delete()[0]


def _serves_the_replay_alone(copy: Copy) -> bool:
    return copy.state == Copy.State.KEPT and not selectors.for_staff(copy)


def _of_nobody_in_the_replay(copy: Copy) -> Iterator[Segment]:
    """All of them once the host has deleted the replay."""
    gone = Replay.objects.filter(space=copy.space_id, state=Replay.State.DELETED).exists()
    heard = {} if gone else spans(copy.space)
    for segment in copy.segments.all():
        ends_us = segment.started_us + segment.samples / SAMPLES_IN_US
        mine = heard.get(segment.participant_id, [])
        if not any(_us(since) < ends_us and segment.started_us < _us(until) for since, until in mine):
            yield segment


def _us(moment: datetime) -> float:
    return moment.timestamp() * 1e6
