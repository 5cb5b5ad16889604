"""Whoever mixes a replay is killed, at each step in turn; and in the end it is as if nobody had been."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.utils import timezone

from recordings import mixing, places
from recordings.models import Replay
from recordings.services import replays
from tests.support import captured, recorded
from tests.support.races import database_url

pytestmark = pytest.mark.slow


def test_killed_before_every_write_a_replay_is_made_in_the_end(transactional_db):
    space = recorded.space([recorded.Talk("host", 1, 5)], ended=timezone.now() - timedelta(minutes=1))
    replays.begin(space_id=space.pk)
    command = [sys.executable, "-m", "tests.support.dying_replays"]
    env = os.environ | {"DATABASE_URL": database_url(), "VAR_DIR": str(settings.VAR_DIR), "DATABASE_POOL": "1"}
    done = subprocess.run(command, env=env, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=300)
    assert int(done.stdout.split()[-1]) > 5, done.stderr
    replay = Replay.objects.get(space=space)
    assert replay.state == "ready"
    assert captured.files(places.replay_folder(space.pk)) == {replay.m4a, replay.opus}
    assert storages["copies"].open(replay.m4a).read() == b"sound of " + replay.claim.encode()
    assert not list(mixing.folder("").iterdir())


def test_a_program_that_is_killed_is_started_again(db, monkeypatch):
    space = recorded.space([recorded.Talk("host", 1, 5)], ended=timezone.now() - timedelta(minutes=1))
    replays.begin(space_id=space.pk)
    monkeypatch.setattr(mixing, "MIXING_SECONDS_MOST", 0)
    assert replays.make_waiting() == 0
    replay = Replay.objects.get(space=space)
    assert (replay.state, replay.claim) == ("waiting", "") and "ended with -9" in replay.error
    monkeypatch.undo()
    Replay.objects.update(wanted_at=timezone.now())
    assert replays.make_waiting() == 1
    assert Replay.objects.get(space=space).state == "ready"
