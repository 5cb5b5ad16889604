"""Hands, seats and microphones: how a listener comes to be heard, and stops."""

from django.db import transaction
from django.utils import timezone

from accounts.selectors import follows
from rooms import rules
from rooms.events import (
    CohostAppointed,
    HandLowered,
    HandRaised,
    HandsLowered,
    MicrophoneMuted,
    MicrophoneOpened,
    MicrophonesMuted,
    OfferDropped,
    SeatFreed,
    SeatOffered,
    SeatTaken,
)
from rooms.models import Participant, Space
from rooms.publish import publish
from rooms.roles import HAND_UP, LISTENING, OFFERED, SPEAKING, Hand, Role
from rooms.services import claims, floor, queue, seats
from rooms.services.locking import bump, fresh, lock, move


@transaction.atomic
def raise_hand(*, participant: Participant, by: Participant) -> None:
    """Whoever may speak without being asked up is offered a seat at once; all others wait for a host. Whoever listened
    unnamed shows their name, and what they were invited to comes into force."""
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_raise_hand(space, fresh(by))
    if person.hand != Hand.DOWN:
        return
    freely = rules.speaks_freely(space, person, followed=follows(space.host, person.user))
    was_unnamed = person.unnamed
    move(person, OFFERED if freely else HAND_UP, at=timezone.now())
    accounts = claims.redeem(space, person) if was_unnamed else ()
    event = CohostAppointed if person.role == Role.COHOST else HandRaised
    people = queue.settle(space)
    publish(event(space=space.pk, version=bump(space), participant=person.pk, people=people, accounts=accounts))


@transaction.atomic
def lower_hand(*, participant: Participant, by: Participant) -> None:
    """One's own, or somebody's as host or co-host."""
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_lower_hand(space, fresh(by), person)
    if person.hand != Hand.RAISED:
        return
    move(person, LISTENING)
    publish(HandLowered(space=space.pk, version=bump(space), participant=person.pk))


@transaction.atomic
def lower_all_hands(*, space: Space, by: Participant) -> None:
    """Raised ones; who has an offer keeps it."""
    space = lock(space.pk)
    rules.may_lower_all_hands(space, fresh(by))
    raised = list(Participant.objects.filter(space=space, hand=Hand.RAISED))
    for person in raised:
        move(person, LISTENING)
    if raised:
        publish(HandsLowered(space=space.pk, version=bump(space), people=tuple(p.pk for p in raised)))


@transaction.atomic
def offer_seat(*, participant: Participant, by: Participant) -> None:
    """Answers a raised hand, or invites a listener who did not ask."""
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_offer_seat(space, fresh(by), person)
    if person.hand == Hand.OFFERED:
        return
    move(person, OFFERED, at=timezone.now())
    people = queue.settle(space)
    publish(SeatOffered(space=space.pk, version=bump(space), participant=person.pk, people=people))


@transaction.atomic
def drop_offer(*, participant: Participant, by: Participant) -> None:
    """Declined by oneself, or withdrawn by a host or co-host."""
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_lower_hand(space, fresh(by), person)
    if person.hand != Hand.OFFERED:
        return
    move(person, LISTENING)
    people = queue.settle(space)
    publish(OfferDropped(space=space.pk, version=bump(space), participant=person.pk, people=people))


@transaction.atomic
def take_seat(*, participant: Participant, by: Participant) -> None:
    """Nobody is put on stage without this. One arrives muted."""
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_take_seat(space, fresh(by))
    if person.is_seated:
        return
    seats.give(space, person)
    move(person, SPEAKING)
    floor.begin(space, person)
    people = queue.settle(space)
    publish(SeatTaken(space=space.pk, version=bump(space), participant=person.pk, people=people))


@transaction.atomic
def free_seat(*, participant: Participant, by: Participant) -> None:
    """Stepping down (by oneself) or demotion (by host or co-host); one keeps listening."""
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_demote(space, fresh(by), person)
    if not person.is_seated:
        return
    if person.pk != by.pk:
        person.demoted_at = timezone.now()
        person.save(update_fields=["demoted_at"])
    floor.step_down(space, person)
    people = queue.settle(space)
    publish(SeatFreed(space=space.pk, version=bump(space), participant=person.pk, people=people))


@transaction.atomic
def mute(*, participant: Participant, by: Participant) -> None:
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_mute(space, fresh(by), person)
    if seats.set_muted(person, True):
        publish(MicrophoneMuted(space=space.pk, version=bump(space), participant=person.pk))


@transaction.atomic
def mute_all(*, space: Space, by: Participant) -> None:
    """All others."""
    space = lock(space.pk)
    rules.may_mute_all(space, fresh(by))
    people = seats.mute_all(space, but=by)
    if people:
        publish(MicrophonesMuted(space=space.pk, version=bump(space), people=people))


@transaction.atomic
def unmute(*, participant: Participant, by: Participant) -> None:
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_unmute(space, fresh(by), person)
    if seats.set_muted(person, False):
        publish(MicrophoneOpened(space=space.pk, version=bump(space), participant=person.pk))
