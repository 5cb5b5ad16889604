"""One offer per media tick: negotiating takes milliseconds, and a storm of offers must not be a pause in sound.

Owned by worker.py, whose clock lets the next one go just after a tick, when the most time is left until another.
"""

import asyncio

from rooms.relay.guard import Refused

# Offers that may wait, two seconds' worth; a web process waits five for its answer.
WAITING_MAX = 100


class Turns:
    """Those who wait, first come first served; of one key only the latest waits."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, ...], asyncio.Future[None]] = {}

    async def wait(self, key: tuple[str, ...]) -> None:
        """Returns when it is this one's turn. Raises Refused: 409 superseded, 503 busy."""
        earlier = self._waiting.pop(key, None)
        if earlier is not None and not earlier.done():
            earlier.set_exception(Refused(409, "superseded"))
        if len(self._waiting) >= WAITING_MAX:
            raise Refused(503, "busy", retry_after=2)
        turn = self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            await turn
        finally:
            if self._waiting.get(key) is turn:
                del self._waiting[key]

    def close(self) -> None:
        """Sends everybody away who waits: 503 moved."""
        for turn in self._waiting.values():
            if not turn.done():
                turn.set_exception(Refused(503, "moved", retry_after=1))
        self._waiting.clear()

    def next(self) -> None:
        """Lets the first go."""
        if self._waiting:
            turn = self._waiting.pop(next(iter(self._waiting)))
            if not turn.done():
                turn.set_result(None)
