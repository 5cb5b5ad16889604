"""A relay in this process, on loopback, with real Redis and real WHIP and WHEP clients around it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from django.conf import settings
from hypothesis.configuration import set_hypothesis_home_dir

from rooms.relay.worker import Worker
from tests.relay.stage import Stage

# Beside everything else the tests write, and gone with it.
set_hypothesis_home_dir(settings.VAR_DIR / "hypothesis")


@pytest.fixture
async def stage(request) -> AsyncIterator[Stage]:
    """A live Space carried by `stage.worker`; an indirect parameter overrides options of the Worker."""
    stage = Stage()
    options = {"redis_url": settings.REDIS_URL, "address": "127.0.0.1", "load_states": stage.load_states}
    stage.worker = Worker(**options | getattr(request, "param", {}))
    running = asyncio.create_task(stage.worker.run())
    ready = asyncio.create_task(stage.worker.ready.wait())
    await asyncio.wait([running, ready], return_when=asyncio.FIRST_COMPLETED, timeout=5)
    assert stage.worker.ready.is_set(), running
    await stage.heartbeat_is(accepting=True)
    yield stage
    await stage.close()
    stage.worker.stop()
    await running
