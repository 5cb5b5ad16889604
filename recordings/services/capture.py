"""Keeping what relays captured: the file first, then its row, so that a row never names what is not there.

Called by receivers, in the thread of a relay that sends each segment again until it is kept.
"""

import logging
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction

from recordings import places, selectors
from recordings.models import Copy, Segment
from recordings.services import mounted, retention
from recordings.services.locking import lock
from rooms.models import Participant, Space

log = logging.getLogger(__name__)


class Spooled(File):
    """A finished file that storage may take away instead of copying it, where both are on one disk."""

    def temporary_file_path(self) -> str:
        return self.file.name


def keep(*, segment) -> bool:
    """Whether a rooms.relay.segments.Segment is kept now. Repeating it is harmless; what storage and database raise is
    raised. Nothing stays of what nobody may keep: of a Space that does not exist, or whose copy is destroyed."""
    name = places.segment(segment.space, segment.participant, segment.started_us, segment.samples)
    storage, path = storages[places.STORAGE], Path(segment.path)
    if (copy := _copy_for(segment)) is None:
        return _refuse(name, path)
    mounted.believed()
    if path.exists():
        size = path.stat().st_size
        with path.open("rb") as file:
            storage.save(name, Spooled(file, name=name))
    elif storage.exists(name):
        # Whoever moved it was killed before the row.
        size = storage.size(name)
    else:
        log.error("segment %s is gone before it was kept", name)
        return False
    if not _write(copy, segment, name=name, size=size):
        return _refuse(name, path)
    path.unlink(missing_ok=True)
    return True


def _copy_for(segment) -> Copy | None:
    """The Space's copy, if the speaker belongs to it; None once it is no longer kept."""
    theirs = Copy.objects.filter(space=segment.space, space__participants=segment.participant)
    copy = theirs.first() or _first_copy(segment)
    return copy if copy is not None and copy.state in selectors.IN_STORAGE else None


@transaction.atomic
def _first_copy(segment) -> Copy | None:
    """Made with the Space's first segment and under its lock: it ends before or after."""
    if not Participant.objects.filter(pk=segment.participant, space=segment.space).exists():
        return None
    return open_copy(Space.objects.select_for_update().get(pk=segment.space))


def open_copy(space: Space) -> Copy:
    """Under the Space's lock."""
    on_report = space.review_copy and settings.REVIEW_COPY == "on_report"
    copy, is_new = Copy.objects.get_or_create(space=space, defaults={"on_report": on_report})
    if is_new:
        retention.recompute(copy)
    return copy


@transaction.atomic
def _write(copy: Copy, segment, *, name: str, size: int) -> bool:
    """False once a purge has the copy: what came too late for it goes as well."""
    if lock(copy.pk).state not in selectors.IN_STORAGE:
        return False
    row = Segment(
        copy=copy,
        participant_id=segment.participant,
        started_us=segment.started_us,
        samples=segment.samples,
        bytes=size,
        name=name,
    )
    # What was kept before is there already.
    Segment.objects.bulk_create([row], ignore_conflicts=True)
    return True


def _refuse(name: str, path: Path) -> bool:
    log.info("segment %s is not kept: nobody may keep anything of that Space", name)
    storages[places.STORAGE].delete(name)
    path.unlink(missing_ok=True)
    return False
