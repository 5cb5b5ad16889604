"""A Space is never without a host: handing over, taking over, and the countdown when nobody is there to.

The functions without a decorator run under the lock of the service or the tick that calls them.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.selectors import blocked_between
from rooms import rules
from rooms.events import HostChanged, SpaceClosing
from rooms.models import Participant, Space
from rooms.publish import publish
from rooms.refusals import Refused
from rooms.roles import HOSTING, LISTENING, SPEAKING, Role
from rooms.services import claims, floor, hosting, queue, seats
from rooms.services.ending import end_space
from rooms.services.locking import bump, fresh, lock, move, unless_taken


@transaction.atomic
def hand_over(*, participant: Participant, by: Participant) -> None:
    """To somebody on the stage who has not blocked the host. The former host stays as a speaker, and may leave then."""
    space, person = lock(participant.space_id), fresh(participant)
    if person.role == Role.HOST:
        return
    could_host = hosting.could_host(person.user, instead_of=space)
    could_host = could_host and not blocked_between(person.user, by.user)
    rules.may_hand_over(space, fresh(by), person, could_host=could_host)
    _make_host(space, person, keep_seat=True)


def succeed(space: Space, now: datetime) -> None:
    """The host has been gone for as long as their place is held: a co-host takes over, or the end is near."""
    if _take_over(space):
        return
    if _nobody_since(space) <= now - timedelta(seconds=settings.EMPTY_SECONDS):
        end_space(space, cause=Space.EndCause.EMPTY)
    elif space.closing_at is None:
        space.closing_at = now + timedelta(seconds=settings.CLOSING_SECONDS)
        space.save(update_fields=["closing_at"])
        publish(SpaceClosing(space=space.pk, version=bump(space)))


def look_after(space: Space, now: datetime) -> None:
    """What time brings to a live Space's host: held, taken over from, or the end."""
    host = Participant.objects.get(space=space, role=Role.HOST)
    if host.is_present:
        return
    if space.closing_at is not None:
        if not _take_over(space) and now >= space.closing_at:
            end_space(space, cause=Space.EndCause.HOST_GONE)
    elif now >= host.left_at + timedelta(seconds=settings.HOST_HOLD_SECONDS):
        succeed(space, now)


def welcome_back(space: Space) -> None:
    """The host is here again: no countdown any more."""
    if space.closing_at is not None:
        space.closing_at = None
        space.save(update_fields=["closing_at"])


def _take_over(space: Space) -> bool:
    """Whether there was a co-host to become host: whoever has served longest, of those who are heard of first."""
    cohosts = Participant.objects.filter(space=space, role=Role.COHOST, left_at__isnull=True).select_related("user")
    for person in cohosts.order_by(F("away_since").asc(nulls_first=True), "role_since", "pk"):
        if not hosting.could_host(person.user, instead_of=space):
            continue
        with suppress(Refused):
            _make_host(space, person, keep_seat=False)
            return True
    return False


def _make_host(space: Space, person: Participant, *, keep_seat: bool) -> None:
    """Raises Refused for somebody who is just starting a Space of their own."""
    with unless_taken("target_cannot_host"):
        Space.objects.filter(pk=space.pk).update(host=person.user, closing_at=None)
    space.host, space.closing_at = person.user, None
    former = Participant.objects.select_related("user").get(space=space, role=Role.HOST)
    seats.hand_on(former, person, keep=keep_seat)
    move(former, SPEAKING if keep_seat else LISTENING)
    floor.keep_order(space, former)
    move(person, HOSTING)
    floor.drop(space, person)
    accounts = claims.withdraw_all(space, person)
    people = (former.pk, *queue.settle(space))
    publish(HostChanged(space=space.pk, version=bump(space), participant=person.pk, people=people, accounts=accounts))


def _nobody_since(space: Space) -> datetime:
    """When the last but the host left; now while somebody is inside."""
    others = Participant.objects.filter(space=space).exclude(role=Role.HOST)
    if others.filter(left_at__isnull=True).exists():
        return timezone.now()
    last = others.order_by("-left_at").values_list("left_at", flat=True).first()
    return last or space.started_at
