"""The web side of the relay: what views, services and publish ask of it, over Redis.

Called by publish (apply, after commit), by the WHIP and WHEP views (offer, close) and by monitors (relays). Nothing
here imports the relay itself, and nothing raises because Redis or a relay is away: callers get a word instead.
"""

import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Iterable

from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import RedisError

from rooms import redis
from rooms.relay import protocol
from rooms.relay.protocol import (
    Answer,
    Apply,
    Close,
    Done,
    HangUp,
    Heartbeat,
    Offer,
    Refusal,
    Reply,
    Request,
    SpaceState,
)

log = logging.getLogger(__name__)

NO_RELAY = Refusal(503, "no_relay", retry_after=2)
NO_SESSION = Refusal(404, "no_session")
# Presence older than this is history; the key goes away by itself when a Space is over.
PRESENCE_KEPT_SECONDS = 3600


def apply(state: SpaceState, timeout: float = 0.25) -> bool:
    """Puts a Space's new state in force in its relay. Waits `timeout` seconds at most.

    True when the relay confirmed or no relay carries the Space; False (and a log line) otherwise, and then the
    relay's own reconciliation catches up within seconds.
    """
    return _tell(state.space, Apply(state), timeout)


def hang_up(space: str, participant: str, timeout: float = 0.25) -> bool:
    """Ends all sound of somebody who stays inside. True when it is over, or no relay carries the Space."""
    return _tell(space, HangUp(space, participant), timeout)


async def offer(offer: Offer) -> Answer | Refusal:
    """Takes an SDP offer to the Space's origin, or to the least busy relay when the Space has none yet.

    A full relay is asked after all others; it refuses listeners itself, because it knows who was inside.
    """
    try:
        async with _async_bus() as bus:
            reply = await _offer(bus, offer)
            if isinstance(reply, Refusal) and reply.code == "moved":
                reply = await _offer(bus, offer)
            return reply if isinstance(reply, Answer | Refusal) else NO_RELAY
    except (RedisError, OSError, ValueError) as error:
        log.warning("offer for space %s found no relay: %s", offer.state.space, error)
        return NO_RELAY


async def close(space: str, close: Close) -> Done | Refusal:
    """Ends one session. Refusal no_session when no relay knows it (any more)."""
    try:
        async with _async_bus() as bus:
            origin = await bus.get(protocol.origin_key(space))
            if origin is None:
                return NO_SESSION
            reply = await _ask(bus, origin, close)
            return reply if isinstance(reply, Done | Refusal) else NO_SESSION
    except (RedisError, OSError, ValueError) as error:
        log.warning("session %s could not be closed: %s", close.session, error)
        return NO_RELAY


def relays() -> list[Heartbeat]:
    """Heartbeats of the relays that are alive, those with room and little to do first; empty when Redis is away."""
    try:
        bus = redis.client()
        keys = list(bus.scan_iter(match=protocol.HEARTBEAT_PATTERN, count=1000))
        return _heartbeats(bus.mget(keys)) if keys else []
    except RedisError:
        return []


def accepting() -> list[Heartbeat]:
    """The relays that take new people and hear requests this very moment: a heartbeat outlives a killed relay."""
    beats = {protocol.relay_channel(beat.relay): beat for beat in relays() if beat.accepting}
    try:
        heard = dict(redis.client().pubsub_numsub(*beats)) if beats else {}
    except RedisError:
        return []
    return [beat for channel, beat in beats.items() if heard.get(channel.encode())]


def touch_presence(space: str, participants: Iterable[str]) -> None:
    """Notes that these participants' sockets were seen just now."""
    scores = dict.fromkeys(participants, time.time())
    if not scores:
        return
    try:
        _note_presence(redis.client().pipeline(transaction=False), space, scores).execute()
    except RedisError as error:
        log.warning("presence in space %s not noted: %s", space, error)


def presence(space: str) -> dict[str, float]:
    """Participant id -> Unix time (s) at which they were last seen. Raises RedisError: unknown is not absent."""
    seen = redis.client().zrange(protocol.presence_key(space), 0, -1, withscores=True)
    return {member.decode(): score for member, score in seen}


def take_talk_times(space: str) -> dict[str, int]:
    """Participant id -> for how long (ms) they have talked since this was last taken. Raises RedisError.

    Up to some seconds behind.
    """
    with redis.client().pipeline(transaction=True) as pipeline:
        talked, _ = pipeline.hgetall(protocol.talk_key(space)).delete(protocol.talk_key(space)).execute()
    return {participant.decode(): int(ms) for participant, ms in talked.items()}


def _tell(space: str, request: Apply | HangUp, timeout: float) -> bool:
    try:
        bus = redis.client()
        origin = bus.get(protocol.origin_key(space))
        if origin is None:
            return True
        origin = origin.decode()
        reply_to = protocol.reply_key(secrets.token_hex(16))
        if not bus.publish(protocol.relay_channel(origin), protocol.encode_request(request, reply_to)):
            return True
        popped = bus.blpop([reply_to], timeout=timeout)
        if popped and isinstance(protocol.decode_reply(popped[1]), Done):
            return True
        log.warning("relay %s did not confirm %s in space %s", origin, request.op, space)
    except (RedisError, ValueError) as error:
        log.warning("%s in space %s did not reach its relay: %s", request.op, space, error)
    return False


async def _offer(bus: Redis, offer: Offer) -> Reply:
    lease = protocol.origin_key(offer.state.space)
    origin = await bus.get(lease)
    if origin is not None:
        reply = await _ask(bus, origin, offer)
        if reply is not None:
            return reply
        # Nobody listens there: waiting for the lease to expire would only keep people in silence.
        await bus.eval(protocol.RELEASE, 1, lease, origin)
    for relay in await _accepting(bus):
        if relay == origin:
            continue
        reply = await _ask(bus, relay, offer)
        if reply is not None:
            return reply
    return NO_RELAY


async def _ask(bus: Redis, relay: str, request: Request) -> Reply | None:
    """The relay's reply; None when nobody listens there. Silence from a living relay is a Refusal."""
    reply_to = protocol.reply_key(secrets.token_hex(16))
    if not await bus.publish(protocol.relay_channel(relay), protocol.encode_request(request, reply_to)):
        return None
    popped = await bus.blpop([reply_to], timeout=settings.RELAY_TIMEOUT_SECONDS)
    return protocol.decode_reply(popped[1]) if popped else NO_RELAY


async def _accepting(bus: Redis) -> list[str]:
    keys = [key async for key in bus.scan_iter(match=protocol.HEARTBEAT_PATTERN, count=1000)]
    beats = _heartbeats(await bus.mget(keys)) if keys else []
    return [beat.relay for beat in beats if beat.accepting]


def _heartbeats(values: list[bytes | str | None]) -> list[Heartbeat]:
    beats = [protocol.decode_heartbeat(value) for value in values if value]
    return sorted(beats, key=lambda beat: (beat.full, beat.busy, beat.listeners))


def _note_presence(pipeline, space: str, scores: dict[str, float]):
    key = protocol.presence_key(space)
    pipeline.zadd(key, scores)
    pipeline.zremrangebyscore(key, "-inf", time.time() - PRESENCE_KEPT_SECONDS)
    pipeline.expire(key, PRESENCE_KEPT_SECONDS)
    return pipeline


@contextlib.asynccontextmanager
async def _async_bus() -> AsyncIterator[Redis]:
    """A connection of its own: pools belong to one event loop, and web requests may run in any."""
    patience = redis.TIMEOUTS | {"socket_timeout": settings.RELAY_TIMEOUT_SECONDS + 2}
    async with Redis.from_url(settings.REDIS_URL, decode_responses=True, **patience) as bus:
        yield bus
