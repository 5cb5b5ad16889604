"""A relay that is killed while people speak: what it wrote is in storage once the next one has begun."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from channels.db import database_sync_to_async
from django.conf import settings

from recordings.models import Segment as Row
from rooms import selectors
from rooms.relay import client
from rooms.relay.opus import SAMPLE_RATE
from rooms.relay.segments import Segment
from rooms.services import stage
from tests.relay.tape import heard
from tests.setup.installation import wait_for
from tests.support.cast import live_space
from tests.support.ears import Speaker, eventually, level, tone
from tests.support.races import database_url

pytestmark = pytest.mark.slow

PITCHES = {"host": 440, "speaker": 1320}


@pytest.fixture
def relays(tmp_path) -> Iterator[Callable[[], subprocess.Popen]]:
    """Starts `manage.py runrelay` with a storage of its own under tmp_path."""
    (tmp_path / "static").mkdir()
    environment = os.environ | {
        "VAR_DIR": str(tmp_path),
        "REDIS_URL": settings.REDIS_URL,
        "DATABASE_URL": database_url(),
        "DATABASE_POOL": "1",
        "CAPTURE_MIN_FREE": "0",
    }
    started: list[subprocess.Popen] = []

    def start() -> subprocess.Popen:
        command = [sys.executable, "manage.py", "runrelay"]
        started.append(subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR))
        pid = started[-1].pid
        wait_for(lambda: any(beat.pid == pid and beat.accepting for beat in client.relays()), 30)
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def kept(home: Path) -> list[Segment]:
    """Rows with their files, by time."""
    rows = Row.objects.order_by("started_us")
    found = [
        Segment(
            str(row.copy.space_id), str(row.participant_id), row.started_us, row.samples, home / "copies" / row.name
        )
        for row in rows.select_related("copy")
    ]
    assert {path for path in (home / "copies" / "spaces").rglob("*") if path.is_file()} == {each.path for each in found}
    return found


def files(spool: Path) -> set[str]:
    """The kinds of what lies there, by their suffix, while folders come and go."""
    return {Path(name).suffix for _, _, names in os.walk(spool) for name in names} - {""}


def sound_of(some: list[Segment], participant: str) -> np.ndarray:
    mine = [each for each in some if each.participant == participant]
    for before, after in itertools.pairwise(mine):
        assert before.ended_us == after.started_us, "not one segment in between is missing"
    return heard(mine, mine[0].started_us, (mine[-1].ended_us - mine[0].started_us) / 1e6)


@pytest.fixture
def cast(transactional_db):
    cast = live_space()
    for name in PITCHES:
        person = cast.now(name)
        stage.unmute(participant=person, by=person)
    return cast


async def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Waits for what the database says."""
    async with asyncio.timeout(seconds):
        while not await database_sync_to_async(condition)():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
async def test_a_relay_that_ends_while_two_speak_leaves_all_but_a_moment(cast, relays, tmp_path, end):
    relay = await asyncio.to_thread(relays)
    state = await database_sync_to_async(selectors.space_state)(cast.space.pk)
    assert len(state.seats) >= 2 and all(seat.capture for seat in state.seats), "a review copy is kept"
    people = {pitch: str(cast.people.get(name, cast.host).pk) for name, pitch in PITCHES.items()}
    speakers = [Speaker(lambda: state, person, tone(pitch)) for pitch, person in people.items()]
    for each in speakers:
        await each.connect()
    began = asyncio.get_running_loop().time()
    await until(lambda: Row.objects.count() >= 4)
    spoken = asyncio.get_running_loop().time() - began
    relay.send_signal(end)
    await asyncio.to_thread(relay.wait, 20)
    for each in speakers:
        await each.close()
    spool = tmp_path / "capture"
    if end == signal.SIGKILL:
        assert ".part" in files(spool), "it was writing"
        await asyncio.to_thread(relays)
        await eventually(lambda: not files(spool), seconds=20)
    assert not files(spool)
    found = await database_sync_to_async(kept)(tmp_path)
    for pitch, person in people.items():
        sound = sound_of(found, person)
        assert len(sound) / SAMPLE_RATE > spoken - 2.5, "one page, and what waits to be put in order"
        for at in range(SAMPLE_RATE // 2, len(sound) - SAMPLE_RATE, SAMPLE_RATE):
            piece = sound[at : at + SAMPLE_RATE]
            assert level(piece, pitch) > -30
            assert all(level(piece, other) < -60 for other in people if other != pitch)
