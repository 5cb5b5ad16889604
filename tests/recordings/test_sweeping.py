"""Files that no row names, and rows that name no file: both go once a day, and somebody is told."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from recordings import places, tasks
from recordings.models import Hold, Replay, Segment, SessionExport
from rooms.models import Space
from tests.support import cast, recorded, replayed
from tests.support.captured import files

TALKS = (recorded.Talk("host", 1, 6, tone=440),)


@pytest.fixture
def space(db, storage) -> Space:
    return recorded.space(TALKS)


def age(storage, name: str, hours: float = 25) -> str:
    then = (timezone.now() - timedelta(hours=hours)).timestamp()
    os.utime(storage.path(name), (then, then))
    return name


def orphan(storage, folder: str, hours: float = 25) -> str:
    return age(storage, storage.save(f"{folder}/1-2.opus", ContentFile(b"sound")), hours)


def everything_old(storage) -> None:
    for name in files():
        age(storage, name)


# --- What is left alone ---


def test_where_all_is_well_nothing_happens(space, storage, caplog):
    replayed.replay(space, TALKS)
    everything_old(storage)
    before = files()
    assert tasks.sweep() == 0 and files() == before and not caplog.records


def test_what_is_younger_than_a_day_may_be_about_to_get_its_row(space, storage):
    name = orphan(storage, places.space_folder(space.pk), hours=23.9)
    assert tasks.sweep() == 0 and name in files()


def test_nothing_of_a_live_space_is_touched(room, storage):
    name = orphan(storage, places.space_folder(room.space.pk))
    assert tasks.sweep() == 0 and name in files()


# --- Files without rows ---


@pytest.mark.parametrize("folder", [places.space_folder, places.replay_folder, places.export_folder])
def test_a_file_that_no_row_names_goes(space, storage, folder, caplog):
    before = files()
    name = orphan(storage, folder(space.pk))
    assert tasks.sweep() == 1 and files() == before
    assert "files that no row names are deleted: 1" in caplog.text and name in caplog.text


def test_so_does_what_lies_in_folders_of_nobody(space, storage):
    orphan(storage, "spaces/not-a-space")
    orphan(storage, places.space_folder("00000000-0000-4000-8000-000000000000"))
    assert tasks.sweep() == 2


def test_and_what_a_superseded_mixing_left(space, storage):
    replay = replayed.replay(space, TALKS)
    name = age(storage, storage.save(places.replay(space.pk, "another", "m4a"), ContentFile(b"mix")))
    assert tasks.sweep() == 1 and name not in files() and {replay.m4a, replay.opus} <= files()


def test_a_file_that_vanishes_while_they_are_looked_at_is_none_of_them(space, storage, monkeypatch, caplog):
    vanished, other = (orphan(storage, places.space_folder(one)) for one in (space.pk, recorded.space(TALKS).pk))
    look = FileSystemStorage.get_modified_time

    def vanish(self, name):
        if name == vanished:
            Path(self.path(name)).unlink()
        return look(self, name)

    monkeypatch.setattr(FileSystemStorage, "get_modified_time", vanish)
    assert tasks.sweep() == 1 and not {vanished, other} & files()
    assert "could not be swept" not in caplog.text


def test_a_folder_that_cannot_be_read_holds_up_no_other(space, storage, monkeypatch, caplog):
    stuck, other = (places.space_folder(one) for one in (space.pk, recorded.space(TALKS).pk))
    names, listed = [orphan(storage, folder) for folder in (stuck, other)], FileSystemStorage.listdir

    def refuse(self, folder):
        if folder == stuck:
            raise OSError("bad sector")
        return listed(self, folder)

    monkeypatch.setattr(FileSystemStorage, "listdir", refuse)
    assert tasks.sweep() == 1 and [storage.exists(name) for name in names] == [True, False]
    assert f"{stuck} could not be swept" in caplog.text and "bad sector" in caplog.text


# --- Rows without files ---


def test_a_segment_whose_file_is_gone_is_forgotten(space, storage, caplog):
    lost, kept = Segment.objects.all()
    storage.delete(lost.name)
    assert tasks.sweep() == 1 and Segment.objects.get() == kept
    assert "segments whose file is gone" in caplog.text and lost.name in caplog.text


def test_also_the_last_of_them(space, storage):
    for name in files():
        storage.delete(name)
    assert tasks.sweep() == 2 and not Segment.objects.exists()


def test_a_replay_whose_files_are_gone_is_not_ready(space, storage, caplog):
    storage.delete(replayed.replay(space, TALKS).opus)
    assert tasks.sweep() == 1
    assert Replay.objects.get().state == "failed" and "replays whose files are gone" in caplog.text


def test_what_cannot_be_looked_at_is_not_gone(space, storage, monkeypatch, caplog):
    replay = replayed.replay(space, TALKS)
    monkeypatch.setattr(FileSystemStorage, "exists", lambda self, name: name == places.MARK)
    monkeypatch.setattr(FileSystemStorage, "size", lambda *facts: (_ for _ in ()).throw(OSError("bad sector")))
    assert tasks.sweep() == 0 and Replay.objects.get().state == "ready"
    assert f"{replay.m4a} could not be swept" in caplog.text


def test_nor_is_a_download(space, storage, caplog):
    facts = {"copy": space.copy, "user": space.host, "kind": "host", "state": "ready", "asked_at": timezone.now()}
    SessionExport.objects.create(file=places.export(space.pk, space.pk, "claim"), **facts)
    assert tasks.sweep() == 1 and SessionExport.objects.get().state == "failed"


# --- Legal holds ---


@pytest.mark.parametrize(("days", "told"), [(1, False), (0, True), (-1, True)])
def test_somebody_is_told_to_look_at_a_legal_hold_again(space, caplog, days, told):
    facts = {"by": cast.user("keeper"), "review_on": timezone.now().date() + timedelta(days=days)}
    facts |= {"kind": "legal", "key": "court", "reason": "A court", "placed_at": timezone.now()}
    Hold.objects.create(copy=space.copy, **facts)
    tasks.sweep()
    assert ("should look at again: 1" in caplog.text) == told
