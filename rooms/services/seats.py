"""Gives and frees seats under the Space's lock. Used by the services beside it, by nobody else."""

from django.conf import settings
from django.db import IntegrityError, transaction

from rooms.models import Participant, Seat, Space
from rooms.rules import Refused


def give(space: Space, participant: Participant) -> Seat:
    """The lowest free seat, muted. Raises Refused("stage_full"). The unique slot decides should the lock ever fail."""
    taken = set(Seat.objects.filter(space=space).values_list("slot", flat=True))
    for slot in range(Seat.HOST_SLOT + 1, settings.MAX_SEATS + 1):
        if slot in taken:
            continue
        try:
            with transaction.atomic():
                return Seat.objects.create(space=space, participant=participant, slot=slot)
        except IntegrityError:
            continue
    raise Refused("stage_full")


def give_host(space: Space, participant: Participant) -> Seat:
    return Seat.objects.create(space=space, participant=participant, slot=Seat.HOST_SLOT)


def free(participant: Participant) -> None:
    Seat.objects.filter(participant=participant).delete()


def set_muted(participant: Participant, muted: bool) -> bool:
    """Whether that changed anything."""
    return Seat.objects.filter(participant=participant, muted=not muted).update(muted=muted) == 1
