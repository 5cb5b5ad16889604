"""The queue for the stage, under the Space's lock: which offers run, and whose turn comes next.

Services call `settle` whenever a seat, a hand or the floor may have changed; it returns those whose controls did.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from rooms.models import Participant, Space
from rooms.roles import LISTENING, OFFERED, Hand, Role
from rooms.services import claims, exits, floor, seats
from rooms.services.locking import move


def settle(space: Space) -> tuple[UUID, ...]:
    """Whom somebody who leads blocked is out. A free seat goes to whoever said yes to co-hosting while there was none.
    Offers run while what they offer is
    free, and wait while it is not; a free floor has a seat to speak from, and is offered to the next.
    """
    if not space.is_live:
        return ()
    changed = _lead(space)
    turns, floor_free = space.turn_seconds is not None, space.turn_of_id is None
    if turns and floor_free:
        changed += _make_room(space)
    free = floor_free and seats.any_free(space)
    if turns and free:
        changed += _call_next(space)
    if free:
        waiting = _offers(space).filter(offer_until__isnull=True)
        until = timezone.now() + timedelta(seconds=_seconds(space))
    else:
        waiting, until = _offers(space).filter(offer_until__isnull=False), None
    changed += waiting.values_list("pk", flat=True)
    waiting.update(offer_until=until)
    return tuple(changed)


def lapse(space: Space, now: datetime) -> list[Participant]:
    """Ends the offers whose time is over; of somebody whose connection is lost it is not."""
    late = list(_offers(space).filter(offer_until__lte=now, away_since__isnull=True).select_related("user"))
    for person in late:
        move(person, LISTENING)
    return late


def renew(space: Space, people: QuerySet[Participant]) -> None:
    """Those who are heard again: what ran out while they could not answer begins anew when the queue is settled."""
    _offers(space).filter(pk__in=people.values("pk"), offer_until__lte=timezone.now()).update(offer_until=None)


def _lead(space: Space) -> list[UUID]:
    """Those who lead now; whoever goes for it may leave a seat to one more."""
    changed = claims.appoint_waiting(space)
    while exits.see_off_blocked(space):
        changed += claims.appoint_waiting(space)
    return changed


def _make_room(space: Space) -> list[UUID]:
    """Off a full stage whoever is newest there steps down, as after a turn. Leaders stay, and have the first claim."""
    speakers = Participant.objects.filter(space=space, role=Role.SPEAKER).order_by("-spoke_at", "pk")
    changed: list[UUID] = []
    while not seats.any_free(space) and (person := speakers.first()):
        floor.step_down(space, person)
        changed += [person.pk, *_lead(space)]
    return changed


def _call_next(space: Space) -> list[UUID]:
    """Offers the floor to the first hand, unless somebody who can answer has such an offer already. Whoever was moved
    to the listeners waits for a host."""
    if _offers(space).filter(away_since__isnull=True).exists():
        return []
    hands = Participant.objects.filter(space=space, left_at__isnull=True, hand=Hand.RAISED, away_since__isnull=True)
    person = hands.filter(demoted_at__isnull=True).order_by("hand_at", "pk").first()
    if person is None:
        return []
    move(person, OFFERED)
    return [person.pk]


def _offers(space: Space) -> QuerySet[Participant]:
    return Participant.objects.filter(space=space, left_at__isnull=True, hand=Hand.OFFERED)


def _seconds(space: Space) -> int:
    return settings.OFFER_SECONDS if space.turn_seconds is None else settings.TURN_OFFER_SECONDS
