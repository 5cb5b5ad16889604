"""How long people were heard, as the relays have counted it."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F

from rooms.models import Participant
from rooms.publish import refresh_hosts
from rooms.services.locking import lock


@transaction.atomic
def note(*, space_id, times: Mapping[str, int]) -> None:
    """`times` is milliseconds by participant id, to be added. News for hosts alone."""
    space = lock(space_id)
    changed = 0
    for participant, milliseconds in times.items():
        person = Participant.objects.filter(space=space, pk=participant)
        changed += person.update(talk_ms=F("talk_ms") + milliseconds)
    if changed:
        refresh_hosts(space_id)
