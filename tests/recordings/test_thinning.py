"""Where staff have no copy, only the sound of those in the replay is kept after the end."""

import threading
from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connection

from recordings import tasks
from recordings.models import Copy, Hold, Segment
from recordings.services import holds, purge, thinning
from rooms.models import RecordingPeriod, Space
from tests.support import recorded, replayed
from tests.support.captured import files

TALKS = (recorded.Talk("host", 1, 6, tone=440), recorded.Talk("speaker", 3, 5, tone=880))


def made(**facts) -> Space:
    return recorded.space(TALKS, answers={"speaker": "no"}, **facts)


@pytest.fixture
def space(db, storage) -> Space:
    space = made()
    Space.objects.update(review_copy=False)
    return space


def heard() -> list[str]:
    rows = Segment.objects.values_list("participant__user__handle", flat=True).order_by("pk")
    assert {row.name for row in Segment.objects.all()} == files()
    return list(rows)


# --- What stays ---


def test_a_review_copy_holds_everybody(db, storage):
    made()
    assert tasks.thin() == 0 and heard() == ["host", "host", "speaker"]


def test_so_does_one_for_reports_once_there_is_a_report(db, storage):
    space = made()
    Copy.objects.update(on_report=True)
    Hold.objects.create(copy=space.copy, kind="report", key="1", reason="Abuse", placed_at=space.ended_at)
    assert tasks.thin() == 0 and len(heard()) == 3


@pytest.mark.parametrize("state", ["live", "purging", "purged"])
def test_only_what_is_kept_is_thinned(space, state):
    Copy.objects.update(state=state, purge_claimed_at=space.ended_at if state == "purging" else None)
    assert tasks.thin() == 0 and len(heard()) == 3


# --- What goes ---


def test_whoever_said_no_is_not_kept(space):
    assert tasks.thin() == 1 and heard() == ["host", "host"]
    assert tasks.thin() == 0


def test_nor_in_a_copy_for_reports_that_nobody_made(db, storage):
    made()
    Copy.objects.update(on_report=True)
    assert tasks.thin() == 1 and heard() == ["host", "host"]


def test_nor_what_was_said_while_it_was_not_recorded(space):
    RecordingPeriod.objects.update(ended_at=space.started_at + timedelta(seconds=4))
    assert tasks.thin() == 2 and heard() == ["host"]


def test_with_the_replay_all_of_it_goes(space):
    purge.replay(replay=replayed.replay(space, TALKS[:1]))
    assert tasks.thin() == 3 and Segment.objects.count() == 0


def test_what_storage_refuses_is_tried_again(space, monkeypatch, caplog):
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "delete", lambda *facts: (_ for _ in ()).throw(OSError("read-only")))
        assert tasks.thin() == 0
    assert "could not be thinned" in caplog.text and len(heard()) == 3
    assert tasks.thin() == 1


# --- While somebody reports it ---


def test_what_is_reported_before_the_first_file_goes_stays_whole(db, storage, monkeypatch):
    space, look = made(), thinning._of_nobody_in_the_replay
    Copy.objects.update(on_report=True)

    def reported_meanwhile(copy: Copy):
        holds.place(space=space, key="1", reason="Abuse", by=None)
        return look(copy)

    monkeypatch.setattr(thinning, "_of_nobody_in_the_replay", reported_meanwhile)
    assert tasks.thin() == 0 and len(heard()) == 3


def test_once_a_report_holds_it_nothing_more_goes(transactional_db, storage, monkeypatch):
    space, delete, there = made(), FileSystemStorage.delete, []
    Copy.objects.update(on_report=True)
    RecordingPeriod.objects.all().delete()
    monkeypatch.setattr(thinning, "BATCH", 1)

    def report() -> None:
        holds.place(space=space, key="1", reason="Abuse", by=None)
        there.append(files())
        connection.close()

    reporter = threading.Thread(target=report)

    def reported_meanwhile(self, name) -> None:
        if reporter.ident is None:
            reporter.start()
            reporter.join(0.5)
        delete(self, name)

    monkeypatch.setattr(FileSystemStorage, "delete", reported_meanwhile)
    tasks.thin()
    reporter.join()
    assert Hold.objects.exists() and there == [files()]
    heard()
