"""Once a day: files that no row names go, rows that name no file go, and both are told as what they are, a fault.

Nothing of a live Space is touched, and no file younger than AGE: it may be about to get its row. What storage refuses
is told, and tried again the next day.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from recordings import places, selectors, storing
from recordings.models import Copy, Hold, Replay, Segment, SessionExport
from recordings.services import mounted
from rooms.models import Space

log = logging.getLogger(__name__)

AGE = timedelta(hours=24)
# Names that one line of the log tells.
TOLD = 5


def sweep() -> int:
    """How many orphans of either kind went."""
    now = timezone.now()
    _remind_of_legal_holds(now)
    try:
        mounted.must_be_there()
        return _sweep(now)
    except OSError as error:
        log.error("sweeping came to no end, tried again tomorrow: %s", error)
        return 0


def _sweep(now: datetime) -> int:
    live = set(Space.objects.filter(state=Space.State.LIVE).values_list("pk", flat=True))
    files = sum(_delete_orphans(folder, space, now) for folder, space in _folders() if space not in live)
    return files + _forget_lost_segments(live) + _forget_lost_replays() + _forget_lost_exports()


def _folders() -> Iterator[tuple[str, UUID | None]]:
    """Every folder of a Space in storage, and of which; None for one whose name says nothing."""
    for top in places.TOPS:
        for name in storing.listed(top)[0]:
            try:
                yield f"{top}/{name}", UUID(hex=name)
            except ValueError:
                yield f"{top}/{name}", None


def _delete_orphans(folder: str, space_id: UUID | None, now: datetime) -> int:
    orphans = []
    with _passed_over(folder):
        found = set(storing.walk(folder))
        for name in sorted(found - selectors.named_files(space_id) if space_id else found):
            if _is_old(name, now):
                storing.storage().delete(name)
                orphans.append(name)
    _tell("files that no row names are deleted", orphans)
    return len(orphans)


def _is_old(name: str, now: datetime) -> bool:
    """Not what is gone meanwhile."""
    try:
        return storing.storage().get_modified_time(name) <= now - AGE
    except FileNotFoundError:
        return False


def _forget_lost_segments(live: set[UUID]) -> int:
    kept = Copy.objects.filter(state__in=selectors.IN_STORAGE, segments__isnull=False).exclude(space__in=live)
    lost = []
    for copy in kept.distinct():
        with _passed_over(places.space_folder(copy.space_id)):
            names = set(copy.segments.values_list("name", flat=True))
            # Listed first, a segment that is kept meanwhile would seem lost.
            names -= set(storing.walk(places.space_folder(copy.space_id)))
            lost += sorted(name for name in names if _is_lost(name))
    Segment.objects.filter(name__in=lost).delete()
    _tell("segments whose file is gone are forgotten", lost)
    return len(lost)


def _forget_lost_replays() -> int:
    lost = []
    for replay in Replay.objects.filter(state=Replay.State.READY):
        with _passed_over(replay.m4a):
            if any(_is_lost(name) for name in (replay.m4a, replay.opus) if name):
                same = Replay.objects.filter(pk=replay.pk, state=replay.state, claim=replay.claim)
                if same.update(state=Replay.State.FAILED, error="Its files are gone.", m4a="", opus=""):
                    lost.append(replay.m4a)
    _tell("replays whose files are gone", lost)
    return len(lost)


def _forget_lost_exports() -> int:
    lost = []
    for export in SessionExport.objects.filter(state=SessionExport.State.READY).exclude(file=""):
        with _passed_over(export.file):
            if _is_lost(export.file):
                same = SessionExport.objects.filter(pk=export.pk, state=export.state, file=export.file)
                same.update(state=SessionExport.State.FAILED, file="")
                lost.append(export.file)
    _tell("downloads whose file is gone", lost)
    return len(lost)


def _is_lost(name: str) -> bool:
    """The storage was there after the file was not."""
    gone = storing.is_gone(name)
    if gone:
        mounted.must_be_there()
    return gone


@contextmanager
def _passed_over(what: str) -> Iterator[None]:
    """What storage refuses of one thing ends nothing of the others."""
    try:
        yield
    except storing.NotThere:
        raise
    except OSError as error:
        log.error("%s could not be swept, tried again tomorrow: %r", what, error)


def _remind_of_legal_holds(now: datetime) -> None:
    due = Hold.objects.filter(kind=Hold.Kind.LEGAL, lifted_at__isnull=True, review_on__lte=now.date())
    _tell("legal holds somebody should look at again", [f"{hold.key} of {hold.copy_id}" for hold in due])


def _tell(what: str, names: Iterable[str]) -> None:
    if names := list(names):
        log.error("%s: %d, such as %s", what, len(names), ", ".join(names[:TOLD]))
