"""The relay process: takes requests from Redis, keeps the media clock, proves that it is alive.

Run by the runrelay command, or inside a test. The media clock, heartbeats and leases live in one event loop, so that a
hung loop loses its leases. When Redis is away it goes on forwarding sound and keeps knocking. Never imports models.
"""

import asyncio
import contextlib
import logging
import math
import os
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping

import redis.asyncio

from rooms.relay import protocol
from rooms.relay.capture import Capture
from rooms.relay.clock import MediaClock
from rooms.relay.downlink import AudiencePtime
from rooms.relay.duties import Duties
from rooms.relay.guard import Refused
from rooms.relay.inbox import Inbox
from rooms.relay.live_room import LiveRoom
from rooms.relay.liveness import TellAttendance, Watch
from rooms.relay.load import Load
from rooms.relay.port import Port
from rooms.relay.protocol import Apply, Close, Done, HangUp, Heartbeat, Offer, Refusal, Reply, Request, SpaceState
from rooms.relay.register import Register
from rooms.relay.talk import Talk
from rooms.relay.turns import Turns

log = logging.getLogger(__name__)

RECONCILE_SECONDS = 3.0
PRESENCE_SECONDS = 5.0
HALF_OPEN_MAX = 50
CLOSE_SECONDS = 3.0
CAPTURE_CLOSE_SECONDS = 5.0
FULL_RETRY_SECONDS = 20

LoadStates = Callable[[Mapping[str, Collection[str]]], dict[str, SpaceState]]


class CannotOpen(Exception):
    """The address or the port cannot be used; the message says why."""


class Worker:
    """One relay. `run()` returns after `stop()`; `load_states` and `tell_attendance` run in threads and may block.

    `full_at` is the share of time (0..1) spent working above which new listeners are turned away; `silence_max` the
    seconds after which an unheard session is closed. Without `capture` nothing is kept of anybody.
    """

    def __init__(
        self,
        *,
        redis_url: str,
        address: str,
        port: int = 0,
        public_address: str = "",
        load_states: LoadStates,
        tell_attendance: TellAttendance,
        full_at: float = math.inf,
        silence_max: float = 15,
        offer_deadline: float = 15,
        sdp_max_bytes: int = 8192,
        audience_ptime: str = "20",
        audience_ptime_above: float = 0.5,
        capture: Capture | None = None,
    ) -> None:
        self.relay = secrets.token_hex(8)
        self.rooms: dict[str, LiveRoom] = {}
        self.accepting = False
        self._url, self._address, self._port, self._public_address = redis_url, address, port, public_address
        self._load_states = load_states
        self._offer_deadline, self._sdp_max_bytes = offer_deadline, sdp_max_bytes
        self._ptime = AudiencePtime(audience_ptime, audience_ptime_above, lambda: self._load.busy)
        self._stopping = asyncio.Event()
        self.ready = asyncio.Event()
        self._load, self._turns = Load(full_at), Turns()
        self._watch = Watch(tell_attendance, silence_max)
        self._capture = capture
        self._seconds = 0

    async def run(self) -> None:
        """Raises CannotOpen."""
        try:
            self.port = Port(self._address, self._port, self._public_address)
        except (ValueError, OSError) as error:
            raise CannotOpen(str(error)) from error
        self._duties = Duties()
        self._redis = redis.asyncio.Redis.from_url(
            self._url, decode_responses=True, socket_timeout=3, socket_connect_timeout=3
        )
        self._register = Register(self._redis, self.relay)
        self._talk = Talk(self._redis, self.relay, self.rooms)
        self.accepting = True
        self._clock = MediaClock(self._tick)
        self._inbox = Inbox(self._redis, self.relay, self.handle, self._duties, self.ready)
        self._duties.begin(self._inbox.listen, self._count, self._beat, self._reconcile, self._note_presence)
        self._duties.begin(self._watch.tell, self._talk.note_talk)
        if self._capture is not None:
            self._capture.start(self.relay)
            self._duties.begin(self._capture.tell)
        try:
            await self._stopping.wait()
        finally:
            await self._duties.end()
            await self._drain()
            self._clock.stop()
            self.port.close()
            await self._redis.aclose()

    def stop(self) -> None:
        self.accepting = False
        self._turns.close()
        self._stopping.set()

    @property
    def in_use(self) -> bool:
        """Somebody is inside, or on the way out."""
        return bool(self.rooms or self._turns.leaving)

    async def handle(self, request: Request) -> Reply:
        """The one reply to a request; never raises."""
        try:
            match request:
                case Offer():
                    return await self._offer(request)
                case Apply():
                    await self._apply(request.state)
                    return Done()
                case Close():
                    return self._close(request)
                case HangUp():
                    if room := self.rooms.get(request.space):
                        room.hang_up(request.participant)
                    return Done()
        except Refused as refused:
            return refused.refusal
        except Exception:
            log.exception("a request failed")
            return Refusal(503, "busy", retry_after=2)

    async def reconcile(self, spaces: Collection[str] | None = None) -> None:
        """Makes rooms follow committed rows, whatever messages were lost. A Space without rows is over."""
        rooms = {space: room for space, room in self.rooms.items() if spaces is None or space in spaces}
        if not rooms:
            return
        states = await asyncio.to_thread(self._load_states, {space: room.participants for space, room in rooms.items()})
        for space, room in rooms.items():
            state = states.get(space)
            room.apply(state or SpaceState(space, room.state.version, live=False))

    async def _offer(self, offer: Offer) -> Reply:
        if not self.accepting:
            return Refusal(503, "moved", retry_after=1)
        space = offer.state.space
        if not offer.state.live:
            return Refusal(410, "ended")
        if not self._load.admits(offer):
            return Refusal(503, "full", retry_after=FULL_RETRY_SECONDS)
        await self._turns.wait((space, offer.participant, offer.kind), first=self._load.knows(offer))
        self._make_room()
        if not await self._register.hold(space):
            return Refusal(503, "moved", retry_after=1)
        room = self.rooms.get(space)
        if room is None:
            room = LiveRoom(offer.state, self.port, self._see_off, self._watch, self._ptime, self._capture)
            self.rooms[space] = room
            # The offer's state may be older than an Apply that found no room here.
            self._duties.spawn(self.reconcile([space]))
        else:
            room.apply(offer.state)
        return await room.admit(offer, self._sdp_max_bytes, self._offer_deadline)

    def _see_off(self, farewell: Callable[[], Awaitable[None]]) -> asyncio.Task:
        return self._duties.spawn(self._turns.leave(farewell))

    def _make_room(self) -> None:
        """Honest peers show themselves within a round trip: of too many that have not connected, the oldest that have
        not go first."""
        waiting = [session for room in self.rooms.values() for session in room.half_open.values()]
        for session in sorted(waiting, key=lambda each: (each.peer.has_shown_itself, each.began))[
            : max(0, len(waiting) - HALF_OPEN_MAX + 1)
        ]:
            session.close()

    async def _apply(self, state: SpaceState) -> None:
        room = self.rooms.get(state.space)
        if room is None:
            return
        overtaken = state.version < room.state.version
        room.apply(state)
        if overtaken and state.gone:
            # A later change came first and knew nothing of these people: the rows do.
            await self.reconcile([state.space])

    def _close(self, request: Close) -> Reply:
        for room in self.rooms.values():
            session = room.sessions.get(request.session)
            if session is not None and session.participant == request.participant:
                session.close()
                return Done()
        return Refusal(404, "no_session")

    def _tick(self, now: float, late: float, frames: int) -> None:
        self._load.tick(late)
        for room in list(self.rooms.values()):
            self._in_room(room, room.tick, frames)
        self._turns.next()
        self._watch.look(now)

    def _in_room(self, room: LiveRoom, act: Callable, *arguments: object) -> None:
        """What goes wrong in one Space costs the others nothing."""
        try:
            act(*arguments)
        except Exception:
            log.exception("%s failed in space %s", act.__name__, room.space)

    async def _count(self) -> None:
        """Each second, whether or not Redis is there: RTCP, and how busy this relay is."""
        while True:
            await asyncio.sleep(1.0)
            self._load.second()
            self._seconds += 1
            for room in list(self.rooms.values()):
                self._load.see(room.present)
                self._in_room(room, room.report, self._seconds)
            if self._capture is not None:
                self._capture.spaces = {space for space, room in self.rooms.items() if room.is_captured}

    async def _beat(self) -> None:
        """Each second: heartbeat and leases; rooms that are empty or taken over go."""
        while True:
            await self._register.beat(self._heartbeat())
            await asyncio.sleep(protocol.HEARTBEAT_SECONDS)
            for space, room in list(self.rooms.items()):
                if not room.sessions:
                    await self._register.release(space)
                if not room.sessions:
                    self._talk.hand_over(room)
                    del self.rooms[space]
                elif not await self._register.hold(space):
                    log.warning("space %s is mixed by another relay now", space)
                    self._watch.drop_news(room.participants)
                    room.close()
                    self._talk.hand_over(room)

    def _heartbeat(self) -> Heartbeat:
        return Heartbeat(
            relay=self.relay,
            pid=os.getpid(),
            accepting=self.accepting,
            spaces=len(self.rooms),
            speakers=sum(room.speakers for room in self.rooms.values()),
            listeners=sum(room.listeners for room in self.rooms.values()),
            busy=round(self._load.busy, 3),
            full=self._load.full,
            tick_late_ms=self._load.late_max_ms,
            tick_late_p99_ms=self._load.late_p99_ms,
            tasks=len(asyncio.all_tasks()),
            capture_stopped=self._capture is not None and self._capture.stopped,
            capture_dropped=0 if self._capture is None else self._capture.dropped,
        )

    async def _reconcile(self) -> None:
        while True:
            await asyncio.sleep(RECONCILE_SECONDS)
            await self.reconcile()

    async def _note_presence(self) -> None:
        while True:
            await asyncio.sleep(PRESENCE_SECONDS)
            for space, room in list(self.rooms.items()):
                if room.present:
                    await self._register.note_presence(space, room.present)

    async def _drain(self) -> None:
        """Stops accepting, says so, closes every session and gives everything in Redis back."""
        with contextlib.suppress(redis.RedisError):
            await self._register.beat(self._heartbeat())
        for room in self.rooms.values():
            room.close()
        await self._duties.settle(CLOSE_SECONDS)
        with contextlib.suppress(redis.RedisError):
            await self._talk.write()
            await self._register.leave(self.rooms)
        if self._capture is not None:
            await asyncio.to_thread(self._capture.close, CAPTURE_CLOSE_SECONDS)
