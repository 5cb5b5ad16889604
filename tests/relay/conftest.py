"""A relay in this process, on loopback, with real Redis and real WHIP and WHEP clients around it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from django.conf import settings

from rooms.relay.worker import Worker
from tests.relay.stage import Stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A live Space `stage.space` carried by `stage.worker`; everything that came in through it is closed after."""
    stage = Stage()
    stage.worker = Worker(
        redis_url=settings.REDIS_URL,
        address="127.0.0.1",
        load_states=stage.load_states,
        offer_deadline=5,
        sdp_max_bytes=settings.SDP_MAX_BYTES,
    )
    running = asyncio.create_task(stage.worker.run())
    ready = asyncio.create_task(stage.worker.ready.wait())
    await asyncio.wait([running, ready], return_when=asyncio.FIRST_COMPLETED, timeout=5)
    assert stage.worker.ready.is_set(), running
    await stage.heartbeat_is(accepting=True)
    yield stage
    await stage.close()
    stage.worker.stop()
    await running
