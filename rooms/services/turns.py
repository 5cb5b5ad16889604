"""One at a time: the next in the queue has the floor for a while, then is muted and steps down."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from rooms import rules
from rooms.events import SeatFreed, TurnExtended, TurnsChanged
from rooms.models import Participant, Seat, Space
from rooms.publish import publish
from rooms.roles import Hand
from rooms.services import floor, queue, seats
from rooms.services.locking import bump, fresh, lock


@transaction.atomic
def open_turns(*, space: Space, seconds: int, by: Participant) -> None:
    """Mutes whoever speaks without leading, and offers the floor to the first hand. Again: how long turns are."""
    space = lock(space.pk)
    least, most = settings.TURN_SECONDS_MIN, settings.TURN_SECONDS_MAX
    rules.may_open_turns(space, fresh(by), seconds=seconds, least=least, most=most)
    if space.turn_seconds == seconds:
        return
    if space.turn_seconds is None:
        _mute_speakers(space)
    space.turn_seconds = seconds
    space.save(update_fields=["turn_seconds"])
    people = _told(space) + queue.settle(space)
    publish(TurnsChanged(space=space.pk, version=bump(space), people=people))


@transaction.atomic
def close_turns(*, space: Space, by: Participant) -> None:
    """Whoever has the floor keeps their seat, as any speaker."""
    space = lock(space.pk)
    rules.may_close_turns(space, fresh(by))
    if space.turn_seconds is None:
        return
    space.turn_seconds = space.turn_of = space.turn_ends_at = None
    space.save(update_fields=["turn_seconds", "turn_of", "turn_ends_at"])
    people = _told(space) + queue.settle(space)
    publish(TurnsChanged(space=space.pk, version=bump(space), people=people))


@transaction.atomic
def extend_turn(*, space: Space, by: Participant) -> None:
    """By another turn's length."""
    space = lock(space.pk)
    rules.may_extend_turn(space, fresh(by))
    space.turn_ends_at += timedelta(seconds=space.turn_seconds)
    space.save(update_fields=["turn_ends_at"])
    publish(TurnExtended(space=space.pk, version=bump(space), participant=space.turn_of_id))


@transaction.atomic
def end_turn(*, space: Space, by: Participant) -> None:
    space = lock(space.pk)
    rules.may_end_turn(space, fresh(by))
    if space.turn_of_id is not None:
        _end(space)


def time_up(space: Space, now: datetime) -> None:
    """Under the lock: ends a turn whose time is over."""
    if space.turn_ends_at is not None and now >= space.turn_ends_at:
        _end(space)


def _end(space: Space) -> None:
    person = Participant.objects.select_related("user").get(pk=space.turn_of_id)
    if person.leads:
        floor.clear(space)
    else:
        floor.step_down(space, person)
    people = queue.settle(space)
    publish(SeatFreed(space=space.pk, version=bump(space), participant=person.pk, people=people))


def _mute_speakers(space: Space) -> None:
    for seat in Seat.objects.filter(space=space, muted=False).select_related("participant"):
        if not seat.participant.leads:
            seats.set_muted(seat.participant, True)


def _told(space: Space) -> tuple:
    """Those on the stage, and those who were offered to come up: it is the floor now, or a seat again."""
    people = Participant.objects.filter(Q(seat__isnull=False) | Q(hand=Hand.OFFERED), space=space)
    return tuple(people.values_list("pk", flat=True))
