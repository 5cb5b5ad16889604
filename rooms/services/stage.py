"""Hands, seats and microphones: how a listener comes to be heard, and stops."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rooms import rules
from rooms.events import (
    CohostAppointed,
    HandLowered,
    HandRaised,
    MicrophoneMuted,
    MicrophoneOpened,
    OfferDropped,
    SeatFreed,
    SeatOffered,
    SeatTaken,
)
from rooms.models import Participant
from rooms.publish import publish
from rooms.roles import COHOSTING, HAND_UP, LISTENING, OFFERED, SPEAKING, Hand, Role
from rooms.services import seats
from rooms.services.locking import bump, fresh, lock, move


@transaction.atomic
def raise_hand(*, participant: Participant, by: Participant) -> None:
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_raise_hand(space, fresh(by))
    if person.hand != Hand.DOWN:
        return
    move(person, HAND_UP, at=timezone.now())
    publish(HandRaised(space=space.pk, version=bump(space), participant=person.pk))


@transaction.atomic
def lower_hand(*, participant: Participant, by: Participant) -> None:
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_lower_hand(space, fresh(by))
    if person.hand != Hand.RAISED:
        return
    move(person, LISTENING)
    publish(HandLowered(space=space.pk, version=bump(space), participant=person.pk))


@transaction.atomic
def offer_seat(*, participant: Participant, by: Participant) -> None:
    """Answers a raised hand, or invites a listener who did not ask."""
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_offer_seat(space, fresh(by), person)
    if person.hand == Hand.OFFERED:
        return
    move(person, OFFERED, at=timezone.now())
    publish(SeatOffered(space=space.pk, version=bump(space), participant=person.pk))


@transaction.atomic
def withdraw_offer(*, participant: Participant, by: Participant) -> None:
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_withdraw_offer(space, fresh(by))
    _drop_offer(space, person)


@transaction.atomic
def decline_seat(*, participant: Participant, by: Participant) -> None:
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_lower_hand(space, fresh(by))
    _drop_offer(space, person)


@transaction.atomic
def take_seat(*, participant: Participant, by: Participant) -> None:
    """Nobody is put on stage without this. One arrives muted."""
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_take_seat(space, fresh(by))
    if person.is_seated:
        return
    seats.give(space, person)
    move(person, SPEAKING)
    publish(SeatTaken(space=space.pk, version=bump(space), participant=person.pk))


@transaction.atomic
def free_seat(*, participant: Participant, by: Participant) -> None:
    """Stepping down (by oneself) or demotion (by host or co-host); one keeps listening."""
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_demote(space, fresh(by), person)
    if not person.is_seated:
        return
    seats.free(person)
    move(person, LISTENING)
    publish(SeatFreed(space=space.pk, version=bump(space), participant=person.pk))


@transaction.atomic
def appoint_cohost(*, participant: Participant, by: Participant) -> None:
    """Makes a speaker a co-host; they keep seat and microphone."""
    space, person = lock(participant.space_id), fresh(participant)
    cohosts = Participant.objects.filter(space=space, role=Role.COHOST).count()
    rules.may_appoint_cohost(space, fresh(by), person, cohosts=cohosts, most=settings.MAX_COHOSTS)
    if person.leads:
        return
    move(person, COHOSTING)
    publish(CohostAppointed(space=space.pk, version=bump(space), participant=person.pk))


@transaction.atomic
def mute(*, participant: Participant, by: Participant) -> None:
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_mute(space, fresh(by), person)
    if seats.set_muted(person, True):
        publish(MicrophoneMuted(space=space.pk, version=bump(space), participant=person.pk))


@transaction.atomic
def unmute(*, participant: Participant, by: Participant) -> None:
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_unmute(space, fresh(by), person)
    if seats.set_muted(person, False):
        publish(MicrophoneOpened(space=space.pk, version=bump(space), participant=person.pk))


def _drop_offer(space, person: Participant) -> None:
    if person.hand != Hand.OFFERED:
        return
    move(person, LISTENING)
    publish(OfferDropped(space=space.pk, version=bump(space), participant=person.pk))
