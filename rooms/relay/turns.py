"""One offer and a few farewells per media tick: they take time, and a storm of them must not be a pause in sound.

Owned by worker.py, whose clock lets the next ones go just after a tick, when the most time is left until another.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from rooms.relay.guard import Refused

# Offers that may wait, two seconds' worth; a web process waits five for its answer.
WAITING_MAX = 100
# Sessions taken down after one tick, at some 0.2 ms each: the end of a Space must not be heard in the others.
LEAVING_AT_ONCE = 20

Queue = dict[tuple[str, ...], asyncio.Future[None]]


class Turns:
    """Those who wait, first come first served; of one key only the latest offer waits.

    Speakers and those who come back go first, and strangers' offers do not use up their places.
    """

    def __init__(self) -> None:
        self._known: Queue = {}
        self._strangers: Queue = {}
        self.leaving: deque[asyncio.Future[None]] = deque()
        self._closed = False

    async def leave(self, farewell: Callable[[], Awaitable[None]]) -> None:
        """Calls and awaits it when it is its turn."""
        turn = asyncio.get_running_loop().create_future()
        self.leaving.append(turn)
        await turn
        await farewell()

    async def wait(self, key: tuple[str, ...], first: bool = False) -> None:
        """Returns when it is this one's turn. Raises Refused: 409 superseded, 503 busy."""
        for queue in (self._known, self._strangers):
            earlier = queue.pop(key, None)
            if earlier is not None and not earlier.done():
                earlier.set_exception(Refused(409, "superseded"))
        queue = self._known if first else self._strangers
        if len(queue) >= WAITING_MAX:
            raise Refused(503, "busy", retry_after=2)
        turn = queue[key] = asyncio.get_running_loop().create_future()
        try:
            await turn
        finally:
            if queue.get(key) is turn:
                del queue[key]

    def close(self) -> None:
        """Sends everybody away who waits: 503 moved. From now on all may leave at once: no sound is left to spare."""
        self._closed = True
        for queue in (self._known, self._strangers):
            for turn in queue.values():
                if not turn.done():
                    turn.set_exception(Refused(503, "moved", retry_after=1))
            queue.clear()

    def next(self) -> None:
        """Lets the first go: one who comes, and some who leave."""
        waiting = len(self.leaving)
        for _ in range(waiting if self._closed else min(waiting, LEAVING_AT_ONCE)):
            leaving = self.leaving.popleft()
            if not leaving.done():
                leaving.set_result(None)
        queue = self._known or self._strangers
        if queue:
            turn = queue.pop(next(iter(queue)))
            if not turn.done():
                turn.set_result(None)
