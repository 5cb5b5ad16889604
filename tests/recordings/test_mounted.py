"""A storage that is not there is not taken for an empty one: nothing is kept in its place, destroyed or forgotten."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.utils import timezone

from recordings import places, selectors, storing, tasks
from recordings.models import Copy, Replay, Segment, SessionExport, Tombstone
from recordings.services import capture, exports, mounted, purge, replays
from rooms.models import Space
from tests.support import captured, recorded, replayed
from tests.support.captured import files
from tests.support.taken import take

TALKS = (recorded.Talk("host", 1, 6, tone=440),)


@pytest.fixture
def space(db, storage) -> Space:
    return recorded.space(TALKS, ended=timezone.now() - timedelta(minutes=1))


@pytest.fixture
def unmount(storage) -> Callable[[], Callable[[], None]]:
    """Takes the disk away and leaves the empty folder it was mounted on; what it returns mounts it again."""
    here = Path(storage.location)
    disk = here.with_name("disk")

    def away() -> Callable[[], None]:
        here.rename(disk)
        here.mkdir()

        def back() -> None:
            assert not list(here.iterdir()), "nothing was written below it"
            here.rmdir()
            disk.rename(here)

        return back

    return away


# --- Away ---


def test_the_daily_sweep_forgets_nothing(space, unmount, caplog):
    replayed.replay(space, TALKS, for_good=True, expires_at=None)
    take(space)
    before, back = files(), unmount()
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert tasks.sweep() == 0 and "is it mounted" in caplog.text
        back()
        caplog.clear()
        assert tasks.sweep() == 0 and not caplog.records
    assert files() == before and Segment.objects.count() == 2
    assert Replay.objects.get().state == SessionExport.objects.get().state == "ready"


def test_nor_does_one_that_it_leaves_in_the_middle(space, unmount, monkeypatch, caplog):
    replayed.replay(space, TALKS)
    is_gone = storing.is_gone

    def left(name: str) -> bool:
        unmount()
        return is_gone(name)

    monkeypatch.setattr(storing, "is_gone", left)
    assert tasks.sweep() == 0 and Replay.objects.get().state == "ready"
    assert "is it mounted" in caplog.text


@pytest.mark.parametrize(("destroy", "made"), [(purge.copy, Copy), (purge.expired_replay, Replay)])
def test_a_purge_waits_for_it_and_proves_nothing(space, unmount, destroy, made):
    replayed.replay(space, TALKS)
    pk, back = made.objects.get().pk, unmount()
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False) as clock:
        assert not destroy(pk) and not Tombstone.objects.exists()
        assert made.objects.get().purge_failures == 1 and places.MARK in made.objects.get().purge_error
        back()
        clock.shift(timedelta(hours=1))
        assert len(files()) == 4 and destroy(pk)
    assert len(files()) == 2 and Tombstone.objects.get().files == 2


def test_a_copy_is_not_thinned(space, unmount):
    Space.objects.update(review_copy=False)
    purge.replay(replay=replayed.replay(space, TALKS))
    back = unmount()
    assert tasks.thin() == 0 and Segment.objects.count() == 2
    back()
    assert tasks.thin() == 2


def test_a_segment_is_sent_again(space, storage, spool, unmount):
    back, segment = unmount(), captured.segment(recorded.of(space, "host"), spool)
    with pytest.raises(storing.NotThere):
        capture.keep(segment=segment)
    back()
    assert capture.keep(segment=segment) and Segment.objects.count() == 3 == len(files())


def test_a_replay_waits(space, unmount):
    replays.begin(space_id=space.pk)
    back = unmount()
    assert tasks.make_replays() == 0
    assert (Replay.objects.get().state, Replay.objects.get().attempts) == ("waiting", 0)
    back()
    assert tasks.make_replays() == 1 and Replay.objects.get().state == "ready"


def test_a_download_waits_and_one_that_is_over_is_not_called_deleted(space, unmount):
    exports.ask(space=space, kind="host", by=space.host)
    back = unmount()
    assert tasks.make_exports() == 0 and SessionExport.objects.get().state == "queued"
    back()
    assert tasks.make_exports() == 1
    back = unmount()
    with time_machine.travel(SessionExport.objects.get().expires_at):
        assert tasks.delete_exports() == 0
        with pytest.raises(storing.NotThere):
            exports.delete_all(user=space.host)
        back()
        assert tasks.delete_exports() == 1


# --- Known by its mark ---


def test_what_is_kept_first_marks_it(room, storage, spool):
    storage.delete(places.MARK)
    assert capture.keep(segment=captured.segment(room.host, spool)) and storing.is_marked()


def test_so_does_a_download_of_a_space_without_sound(room, storage, spool):
    storage.delete(places.MARK)
    space = recorded.space((), lasted=5)
    take(space)
    assert capture.keep(segment=captured.segment(room.host, spool)) and storing.is_marked()


def test_where_nothing_was_ever_kept_nobody_misses_a_mark(db, storage, caplog):
    storage.delete(places.MARK)
    assert tasks.sweep() == 0 and not caplog.records and not storing.is_marked()


@pytest.mark.parametrize(("lost", "known"), [(0, True), (1, True), (2, False), (3, False), (4, False)])
def test_one_that_is_older_than_marks_is_known_by_most_of_its_files(space, storage, lost, known):
    replayed.replay(space, TALKS)
    take(space)
    names = selectors.stored_first(20)
    assert len(names) == 4
    for name in [places.MARK, *names[:lost]]:
        storage.delete(name)
    assert mounted.is_there() == known == storing.is_marked()


def test_who_keeps_segments_looks_once_a_minute(room, storage, spool, unmount, monkeypatch):
    at = [1000.0]
    monkeypatch.setattr(mounted.time, "monotonic", lambda: at[0])
    assert capture.keep(segment=captured.segment(room.host, spool, at_us=1))
    storage.save(places.REPLAYS + "/1.m4a", ContentFile(b"mix"))
    unmount()
    at[0] += 59
    mounted.believed()
    at[0] += 1
    with pytest.raises(storing.NotThere):
        mounted.believed()
