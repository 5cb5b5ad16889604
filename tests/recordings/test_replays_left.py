"""What mixings leave behind that were killed, or whose replay was deleted meanwhile: nothing, in the end."""

from datetime import timedelta

import pytest
from celery.signals import worker_ready
from django.core.files.storage import FileSystemStorage
from django.db import connections
from django.utils import timezone

from recordings import mixing, places, tasks
from recordings.models import Replay
from recordings.services import purge, replays
from rooms.models import Space
from tests.support import captured, recorded

TALKS = (recorded.Talk("host", 1, 5, tone=440),)


@pytest.fixture
def space(db, storage) -> Space:
    space = recorded.space(TALKS, ended=timezone.now() - timedelta(minutes=1))
    replays.begin(space_id=space.pk)
    return space


@pytest.mark.parametrize("sweep", [tasks.tidy_replays, lambda: worker_ready.send(sender=None)])
def test_what_somebody_who_was_killed_had_in_hand_does_not_outlive_the_replay(space, sweep, monkeypatch):
    monkeypatch.setattr(connections, "close_all", lambda: None)
    work = mixing.folder("of-the-killed")
    work.mkdir(parents=True)
    (work / "replay.m4a").write_bytes(b"half of it")
    Replay.objects.update(state="mixing", claim="of-the-killed", claimed_at=timezone.now(), attempts=1)
    sweep()
    assert work.exists()
    purge.replay(replay=Replay.objects.get())
    sweep()
    assert not work.exists()


def test_a_mixing_that_begins_while_folders_are_swept_keeps_its_own():
    mixing.folder("of-the-killed").mkdir(parents=True)

    def begun_meanwhile() -> set[str]:
        mixing.folder("of-another").mkdir()
        return set()

    mixing.sweep(begun_meanwhile)
    assert [each.name for each in mixing.folder("").iterdir()] == ["of-another"]
    mixing.sweep(set)


def test_a_mix_that_is_stored_after_its_purge_goes(space, monkeypatch):
    save = FileSystemStorage._save

    def purged_meanwhile(self, name, content):
        if name.startswith(places.REPLAYS):
            replay = Replay.objects.get()
            purge.replay(replay=replay)
            purge.expired_replay(replay.pk)
        return save(self, name, content)

    monkeypatch.setattr(FileSystemStorage, "_save", purged_meanwhile)
    assert replays.make_waiting() == 0
    assert Replay.objects.get().purged_at and not captured.files(places.REPLAYS)
