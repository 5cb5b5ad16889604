"""What relays captured is kept: the file first, then the row; once, however often it is sent; and not where nobody may
keep anything."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from recordings.models import Copy, Segment
from recordings.services import capture
from rooms import signals
from rooms.models import Space
from rooms.services import spaces
from tests.support.captured import files, segment

pytestmark = pytest.mark.django_db


def end(room) -> Space:
    spaces.end(space=room.space, by=room.host)
    return Space.objects.get(pk=room.space.pk)


@pytest.fixture
def captured(room, spool, storage):
    return segment(room.host, spool)


# --- What is not kept ---


def test_of_a_space_that_does_not_exist_nothing_stays(captured, storage):
    assert not capture.keep(segment=replace(captured, space=str(uuid4())))
    assert not captured.path.exists() and not files()


def test_of_somebody_who_is_not_in_that_space_nothing_stays(captured, storage):
    assert not capture.keep(segment=replace(captured, participant=str(uuid4())))
    assert not captured.path.exists() and not files()


@pytest.mark.parametrize("state", ["purging", "purged"])
def test_what_comes_too_late_for_a_purge_goes_as_well(room, captured, state):
    claimed = timezone.now() if state == "purging" else None
    Copy.objects.create(space=room.space, state=state, purge_claimed_at=claimed)
    assert not capture.keep(segment=captured)
    assert not captured.path.exists() and not files() and not Segment.objects.exists()


def test_what_a_purge_claims_while_it_is_being_stored_goes_as_well(room, captured, monkeypatch):
    write = capture._write

    def claimed_before(copy, *rest, **facts):
        Copy.objects.update(state="purging", purge_claimed_at=timezone.now())
        return write(copy, *rest, **facts)

    monkeypatch.setattr(capture, "_write", claimed_before)
    assert not capture.keep(segment=captured)
    assert not captured.path.exists() and not files() and not Segment.objects.exists()


def test_a_file_that_is_nowhere_any_more_is_not_sent_for_ever(captured, caplog):
    captured.path.unlink()
    assert not capture.keep(segment=captured)
    assert "is gone before it was kept" in caplog.text


# --- What is ---


def test_a_segment_is_moved_into_storage_and_has_a_row(room, captured, storage):
    content = captured.path.read_bytes()
    signals.sound_captured.send(sender=None, segment=captured)
    row = Segment.objects.get()
    assert (row.copy.space, row.participant, row.started_us) == (room.space, room.host, captured.started_us)
    assert (row.samples, row.bytes) == (captured.samples, len(content))
    assert storage.open(row.name).read() == content and files() == {row.name}
    assert not captured.path.exists()


def test_the_copy_of_a_live_space_has_no_date(captured):
    capture.keep(segment=captured)
    copy = Copy.objects.get()
    assert (copy.state, copy.expires_at, copy.why) == ("live", None, "live")


def test_sent_again_it_is_kept_once(captured, room, spool):
    for _ in range(2):
        assert capture.keep(segment=captured)
    assert capture.keep(segment=segment(room.host, spool))
    assert Segment.objects.count() == 1 == len(files())


def test_whoever_was_killed_before_the_row_finds_the_file_in_storage(captured, monkeypatch):
    def killed(*facts, **rest):
        raise DatabaseError("gone away")

    with monkeypatch.context() as patch, pytest.raises(DatabaseError):
        patch.setattr(capture, "_write", killed)
        capture.keep(segment=captured)
    assert not captured.path.exists() and len(files()) == 1
    assert capture.keep(segment=captured) and Segment.objects.get().bytes > 0


def test_what_storage_raises_is_raised_and_nothing_is_lost(captured, storage, monkeypatch):
    monkeypatch.setattr(type(storage), "_save", lambda *facts: (_ for _ in ()).throw(OSError("read-only")))
    with pytest.raises(OSError, match="read-only"):
        capture.keep(segment=captured)
    assert captured.path.exists() and not Segment.objects.exists()


# --- The end ---


def test_the_clock_runs_from_the_end_on(room, captured, django_capture_on_commit_callbacks):
    capture.keep(segment=captured)
    with django_capture_on_commit_callbacks(execute=True):
        space = end(room)
    copy = Copy.objects.get()
    assert (copy.state, copy.why) == ("kept", "usual")
    assert copy.expires_at == space.ended_at + timedelta(days=settings.RETENTION_DAYS)


def test_a_segment_adopted_after_the_end_is_kept_until_the_same_day(room, captured):
    space = end(room)
    with time_machine.travel(space.ended_at + timedelta(hours=2)):
        assert capture.keep(segment=captured)
    copy = Copy.objects.get()
    assert (copy.state, copy.expires_at) == ("kept", space.ended_at + timedelta(days=settings.RETENTION_DAYS))


def test_what_is_for_reports_alone_says_so_and_goes_at_the_end(room, captured, settings):
    settings.REVIEW_COPY = "on_report"
    Space.objects.update(review_copy=True)
    capture.keep(segment=captured)
    settings.REVIEW_COPY = "always"
    space = end(room)
    from_the_end = Copy.objects.get()
    assert from_the_end.on_report
    capture.retention.settle(space_id=space.pk)
    copy = Copy.objects.get()
    assert (copy.expires_at, copy.why) == (space.ended_at, "no_report")
