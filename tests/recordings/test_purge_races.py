"""Purges at once, and reports that arrive while one is under way, from real processes: one of them wins, cleanly."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from recordings import places
from recordings.models import Copy, Hold, Segment, Tombstone
from recordings.refusals import Refused
from recordings.services import holds, purge
from tests.support import purged, recorded
from tests.support.captured import files
from tests.support.races import race, race_of

pytestmark = pytest.mark.slow

SHORT = (recorded.Talk("host", 1, 6, tone=440),)


def made(days: float = 31) -> Copy:
    return Copy.objects.get(space=recorded.space(SHORT, ended=timezone.now() - timedelta(days=days)))


def left(copy: Copy) -> set[str]:
    """Its files that are still there."""
    return files(places.space_folder(copy.space_id))


def report(copy: Copy) -> tuple[str, str]:
    """A second before its date."""
    return "report_at", f"{copy.pk}/{(copy.expires_at - timedelta(seconds=1)).isoformat()}"


def purging(copy: Copy) -> tuple[str, str]:
    """A second after it."""
    return "purge_at", f"{copy.pk}/{(copy.expires_at + timedelta(seconds=1)).isoformat()}"


def test_of_purgers_at_once_one_destroys_it(transactional_db):
    space = purged.expired()
    assert race("purge_due", ["now"] * 6) == {"done": 6}
    for kind in ("copy", "replay"):
        end = purged.left(space.pk, kind)
        assert (end["files"], end["claim"], len(end["tombs"])) == ([], "None", 1)


def test_a_report_at_the_last_second_and_the_purge_at_the_next(transactional_db):
    """Whichever is quicker: the report is refused and all is gone, or the copy stays for it whole."""
    outcomes = set()
    for _ in range(8):
        copy = made(1)
        said = race_of([report(copy), purging(copy)])
        copy.refresh_from_db()
        if said == {"done": 2}:
            outcomes.add("report")
            assert copy.state == "kept" and copy.why == "open_report"
            assert Hold.objects.filter(copy=copy).count() == 1 and len(left(copy)) == 2
            assert copy.expires_at == copy.space.ended_at + timedelta(days=settings.RETENTION_VIOLATION_DAYS)
        else:
            outcomes.add("purge")
            assert said == {"done": 1, "copy_gone": 1} and copy.state == "purged"
            assert not Hold.objects.filter(copy=copy).exists() and not left(copy)
            assert Tombstone.objects.filter(of=places.tomb("copy", copy.space_id)).count() == 1
    assert outcomes


def test_first_the_report_then_the_purge(transactional_db):
    copy = made(1)
    for move in (report(copy), purging(copy)):
        assert race_of([move]) == {"done": 1}
    copy.refresh_from_db()
    assert copy.state == "kept" and Segment.objects.filter(copy=copy).count() == 2 == len(left(copy))


def test_first_the_purge_then_the_report(transactional_db):
    copy = made(1)
    assert race_of([purging(copy)]) == {"done": 1}
    assert race_of([report(copy)]) == {"copy_gone": 1}
    copy.refresh_from_db()
    assert copy.state == "purged" and not Hold.objects.exists() and not left(copy)


def test_a_report_while_bytes_are_being_deleted_is_too_late(transactional_db, monkeypatch):
    copy, refused = made(), []
    empty = FileSystemStorage.delete

    def meanwhile(self, name) -> None:
        with pytest.raises(Refused) as refusal, time_machine.travel(copy.expires_at - timedelta(seconds=1)):
            holds.place(space=copy.space, key="1", reason="Abuse", by=None)
        refused.append(refusal.value.code)
        empty(self, name)

    monkeypatch.setattr(FileSystemStorage, "delete", meanwhile)
    assert purge.copy(copy.pk)
    assert set(refused) == {"copy_gone"} and not Hold.objects.exists() and not left(copy)
