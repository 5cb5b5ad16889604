"""Tasks of one event loop that are held on to, whose failures are logged, and that end when they are told to."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import redis

log = logging.getLogger(__name__)

BACKOFF_SECONDS = (0.1, 0.3, 1.0, 2.0)


class Duties:
    """`begin` repeats a duty for good; `spawn` runs a coroutine once. For the running loop only."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lasting: list[asyncio.Task] = []
        self._tasks: set[asyncio.Task] = set()

    def begin(self, *duties: Callable[[], Awaitable[None]]) -> None:
        self._lasting += [self._loop.create_task(self._forever(duty)) for duty in duties]

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def end(self) -> None:
        # redis-py now and then swallows a cancellation that meets a reply; asked again, it gives in.
        while pending := [duty for duty in self._lasting if not duty.done()]:
            for duty in pending:
                duty.cancel()
            await asyncio.wait(pending, timeout=0.2)

    async def settle(self, seconds: float) -> None:
        """Waits for what was spawned, but not for long."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def _forever(self, duty: Callable[[], Awaitable[None]]) -> None:
        """Repeats a duty that failed, a little later each time; sound goes on meanwhile."""
        failures = 0
        while True:
            began = self._loop.time()
            try:
                await duty()
            except Exception as error:
                if self._loop.time() - began > max(BACKOFF_SECONDS):
                    failures = 0
                level = logging.WARNING if isinstance(error, redis.RedisError | OSError) else logging.ERROR
                log.log(level, "%s failed: %r", duty.__name__, error, exc_info=level == logging.ERROR)
            await asyncio.sleep(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
            failures += 1

    def _done(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task failed", exc_info=task.exception())
