"""What a relay keeps in Redis of itself and its Spaces: its heartbeat, the leases, and who was seen.

Written by worker.py. Raises RedisError when Redis is away.
"""

import time
from collections.abc import Iterable

from redis.asyncio import Redis

from rooms.relay import protocol
from rooms.relay.protocol import Heartbeat


class Register:
    def __init__(self, bus: Redis, relay: str) -> None:
        self._bus, self._relay = bus, relay

    async def beat(self, beat: Heartbeat) -> None:
        key = protocol.heartbeat_key(self._relay)
        await self._bus.set(key, protocol.encode_heartbeat(beat), px=protocol.HEARTBEAT_EXPIRES_MS)

    async def hold(self, space: str) -> bool:
        """Takes or renews the lease of a Space; False when another relay has it."""
        key = protocol.origin_key(space)
        return bool(await self._bus.eval(protocol.HOLD, 1, key, self._relay, protocol.LEASE_EXPIRES_MS))

    async def release(self, space: str) -> None:
        await self._bus.eval(protocol.RELEASE, 1, protocol.origin_key(space), self._relay)

    async def note_presence(self, space: str, participants: Iterable[str]) -> None:
        """These were seen just now."""
        await self._bus.zadd(protocol.presence_key(space), dict.fromkeys(participants, time.time()))

    async def leave(self, spaces: Iterable[str]) -> None:
        """Gives everything back: the leases of these Spaces, and the heartbeat."""
        for space in spaces:
            await self.release(space)
        await self._bus.delete(protocol.heartbeat_key(self._relay))
