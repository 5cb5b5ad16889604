"""Looks through all objects, and the pauses that they are."""

import asyncio
import contextlib
import gc
from collections.abc import Iterator

import pytest

from rooms.relay import garbage
from tests.support.ears import eventually, tone


@pytest.fixture
def looks() -> Iterator[list[int]]:
    """One entry per look through everything."""
    seen: list[int] = []

    def note(phase: str, told: dict) -> None:
        if phase == "stop" and told["generation"] == 2:
            seen.append(told["collected"])

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)


def as_many_objects_as_sessions(count: int) -> list[list]:
    return [[] for _ in range(300 * count)]


def test_python_by_itself_would_look_while_people_listen(looks):
    gc.freeze()
    # Python looks once what came since is a quarter of what its last look left: that is forgotten here as well.
    gc.collect()
    looks.clear()
    kept = as_many_objects_as_sessions(2000)
    gc.unfreeze()
    assert looks and kept


def test_no_look_while_people_come(spared, looks):
    kept = as_many_objects_as_sessions(2000)
    assert not looks and kept


def test_what_is_young_and_lost_is_found_all_the_same(spared, looks):
    before = len(gc.get_objects())
    for _ in range(100_000):
        circle: list = []
        circle.append(circle)
    assert len(gc.get_objects()) - before < 10_000
    assert not looks


async def test_a_look_when_the_last_one_has_left(stage, spared, looks, monkeypatch):
    monkeypatch.setattr(garbage, "IDLE_CHECK_SECONDS", 0.01)
    looking = asyncio.create_task(garbage.look_when_idle(lambda: stage.worker.in_use))
    stage.seat("ana")
    await stage.speak("ana", tone(440))
    lou = await stage.listen("lou")
    await lou.hears(440)
    assert not looks
    await stage.close()
    await eventually(lambda: len(looks) == 1)
    await stage.heartbeat_is(spaces=0)
    assert len(looks) == 1, "once is enough"
    looking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await looking
