"""Gives and frees seats under the Space's lock. Used by the services beside it, by nobody else."""

from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from rooms.models import Participant, Seat, Space
from rooms.refusals import Refused
from rooms.services import consents, news


def give(space: Space, participant: Participant) -> Seat:
    """The lowest free seat, muted. Raises Refused("stage_full"). The unique slot decides should the lock ever fail."""
    taken = set(Seat.objects.filter(space=space).values_list("slot", flat=True))
    for slot in range(Seat.HOST_SLOT + 1, settings.MAX_SEATS + 1):
        if slot in taken:
            continue
        try:
            with transaction.atomic():
                seat = Seat.objects.create(space=space, participant=participant, slot=slot)
        except IntegrityError:
            continue
        _note_speaker(participant)
        consents.ask(space, participant)
        news.on_stage(space, participant)
        return seat
    raise Refused("stage_full")


def give_host(space: Space, participant: Participant) -> Seat:
    _note_speaker(participant)
    return Seat.objects.create(space=space, participant=participant, slot=Seat.HOST_SLOT)


def hand_on(former: Participant, host: Participant, *, keep: bool) -> None:
    """The host's seat to somebody on the stage; the former host gets theirs, or none without `keep`."""
    left, taken = Seat.objects.get(participant=former), Seat.objects.get(participant=host)
    slot = taken.slot
    left.delete()
    taken.slot = Seat.HOST_SLOT
    taken.save(update_fields=["slot"])
    if keep:
        left.pk, left.slot = None, slot
        left.save(force_insert=True)
    else:
        consents.unanswered(former)


def free(participant: Participant) -> None:
    consents.unanswered(participant)
    Seat.objects.filter(participant=participant).delete()


def any_free(space: Space) -> bool:
    """Whether somebody could take one; the host's is reserved."""
    return Seat.objects.filter(space=space, slot__gt=Seat.HOST_SLOT).count() < settings.MAX_SEATS - 1


def set_muted(participant: Participant, muted: bool) -> bool:
    """Whether that changed anything."""
    return Seat.objects.filter(participant=participant, muted=not muted).update(muted=muted) == 1


def mute_all(space: Space, *, but: Participant | None = None) -> tuple[UUID, ...]:
    """Those who were not muted before."""
    open_seats = Seat.objects.filter(space=space, muted=False).exclude(participant=but)
    people = tuple(open_seats.values_list("participant_id", flat=True))
    open_seats.filter(participant__in=people).update(muted=True)
    return people


def _note_speaker(participant: Participant) -> None:
    if participant.spoke_at is None:
        participant.spoke_at = timezone.now()
        participant.save(update_fields=["spoke_at"])
