"""Talk time on its way to Redis: what was counted in the rooms of a relay, kept until it is written for certain.

Owned by worker.py. Times are added up in Redis, so whoever carries a Space next goes on from there. A relay that is
killed takes what it had not written yet with it, WRITE_SECONDS of it unless Redis was away.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Mapping

from redis.asyncio import Redis

from rooms.relay import protocol
from rooms.relay.live_room import LiveRoom

log = logging.getLogger(__name__)

WRITE_SECONDS = 5.0
# People whose time is kept while Redis is away; of more, only theirs goes on being counted.
KEPT_MAX = 10_000


class Talk:
    """What `rooms` have counted. A batch keeps its number until Redis has confirmed it, and is added there once."""

    def __init__(self, bus: Redis, relay: str, rooms: Mapping[str, LiveRoom]) -> None:
        self._bus, self._relay, self._rooms = bus, relay, rooms
        # By (space, participant), in ms.
        self._waiting: dict[tuple[str, str], int] = {}
        # Sent and not confirmed: Redis may have it or not.
        self._batch: dict[tuple[str, str], int] = {}
        self._number = 0
        self._hurry = asyncio.Event()

    async def note_talk(self) -> None:
        """Writes every few seconds, and when a room goes, until it is cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), WRITE_SECONDS)
            self._hurry.clear()
            await self.write()

    def hand_over(self, room: LiveRoom) -> None:
        """A room that goes: what it has counted is written at once."""
        self._collect(room)
        self._hurry.set()

    async def write(self) -> None:
        """Writes all there is, from one task at a time. Raises RedisError, and then keeps it."""
        for room in self._rooms.values():
            self._collect(room)
        while self._batch or self._waiting:
            if not self._batch:
                self._number += 1
                self._batch, self._waiting = self._waiting, {}
            await self._send()
            self._batch = {}

    def _collect(self, room: LiveRoom) -> None:
        dropped = 0
        for participant, ms in room.take_talked().items():
            key = (room.space, participant)
            if key in self._waiting or len(self._waiting) < KEPT_MAX:
                self._waiting[key] = self._waiting.get(key, 0) + ms
            else:
                dropped += ms
        if dropped:
            log.warning("%d ms of talk in space %s are not counted: too much waits for Redis", dropped, room.space)

    async def _send(self) -> None:
        spaces: defaultdict[str, list[str | int]] = defaultdict(list)
        for (space, participant), ms in self._batch.items():
            spaces[space] += participant, ms
        async with self._bus.pipeline(transaction=False) as pipeline:
            for space, talked in spaces.items():
                keys = protocol.talk_key(space), protocol.talk_batches_key(space)
                head = self._relay, self._number, protocol.TALK_EXPIRES_SECONDS
                pipeline.eval(protocol.ADD_TALK, 2, *keys, *head, *talked)
            await pipeline.execute()
