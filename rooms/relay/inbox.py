"""Requests out of Redis, each handled in a task of its own, and the replies back.

Owned by worker.py.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import redis
from redis.asyncio import Redis

from rooms.relay import protocol
from rooms.relay.duties import Duties
from rooms.relay.protocol import Reply, Request

log = logging.getLogger(__name__)


class Inbox:
    """`ready` is set once requests are heard. `handle` gives the one reply to a request and never raises."""

    def __init__(
        self,
        bus: Redis,
        relay: str,
        handle: Callable[[Request], Awaitable[Reply]],
        duties: Duties,
        ready: asyncio.Event,
    ) -> None:
        self._bus, self._relay, self._handle = bus, relay, handle
        self._duties, self._ready = duties, ready

    async def listen(self) -> None:
        """A duty: until it is cancelled or Redis goes away."""
        async with self._bus.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(protocol.relay_channel(self._relay))
            self._ready.set()
            while True:
                message = await channel.get_message(timeout=1.0)
                if message is None:
                    continue
                try:
                    request, reply_to = protocol.decode_request(message["data"])
                except ValueError as error:
                    log.warning("a request could not be read: %s", error)
                    continue
                self._duties.spawn(self._respond(request, reply_to))

    async def _respond(self, request: Request, reply_to: str) -> None:
        reply = protocol.encode_reply(await self._handle(request))
        try:
            async with self._bus.pipeline(transaction=False) as pipeline:
                await pipeline.rpush(reply_to, reply).expire(reply_to, protocol.REPLY_EXPIRES_SECONDS).execute()
        except redis.RedisError as error:
            log.warning("a reply could not be sent: %s", error)
