"""What the relay's tests act on: one Space's committed rows, and the people who come to it."""

import asyncio
import uuid
from collections.abc import Collection, Iterable, Mapping

from django.conf import settings

from rooms.relay import client
from rooms.relay.live_room import LiveRoom
from rooms.relay.microphone import Microphone
from rooms.relay.protocol import Offer, Reply, Seat, SpaceState
from rooms.relay.session import Session
from rooms.relay.worker import Worker
from tests.support.ears import Ear, Speaker, eventually


class Stage:
    """`seats`, `live`, `recording`, `gone`, `away` and `version` are the rows; whoever speaks or listens is closed by
    `close`."""

    worker: Worker

    def __init__(self) -> None:
        self.space = str(uuid.uuid4())
        self.version = 1
        self.live = True
        self.recording = False
        self.seats: dict[str, Seat] = {}
        self.gone: set[str] = set()
        self.space_exists = True
        self.stale: SpaceState | None = None
        self.away: set[str] = set()
        self.ever_away: set[str] = set()
        self.deaf, self.told, self.refused = False, 0, 0
        self._clients: list = []

    def engage(self, **options) -> None:
        """Makes `worker`, on loopback unless an option says otherwise; whoever asked runs it."""
        defaults = {"redis_url": settings.REDIS_URL, "address": "127.0.0.1", "load_states": self.load_states}
        self.worker = Worker(**defaults | {"tell_attendance": self.tell_attendance} | options)

    async def start(self, **options) -> None:
        """Engages a relay and waits until it accepts people; the one before, if any, is no longer `worker`."""
        self.engage(**options)
        self._running = asyncio.create_task(self.worker.run())
        ready = asyncio.create_task(self.worker.ready.wait())
        await asyncio.wait([self._running, ready], return_when=asyncio.FIRST_COMPLETED, timeout=5)
        assert self.worker.ready.is_set(), self._running
        await self.heartbeat_is(accepting=True)

    async def drain(self) -> None:
        """Stops the relay and waits until it has put everything in order."""
        self.worker.stop()
        await self._running

    def rows(self) -> SpaceState:
        seats, gone = tuple(self.seats.values()), tuple(self.gone)
        return SpaceState(self.space, self.version, self.live, seats, gone, self.recording)

    def state(self) -> SpaceState:
        """What offers and Apply carry: the rows, unless a test lets them fall behind."""
        return self.stale or self.rows()

    def load_states(self, sessions: Mapping[str, Collection[str]]) -> dict[str, SpaceState]:
        return {self.space: self.rows()} if self.space in sessions and self.space_exists else {}

    def tell_attendance(self, lost: Collection[str], back: Collection[str]) -> None:
        """Raises while the database is away (`deaf`)."""
        if self.deaf:
            self.refused += 1
            raise OSError("the database is away")
        self.told += 1
        self.ever_away |= set(lost)
        self.away = (self.away | set(lost)) - set(back)

    def seat(self, participant: str, muted: bool = False, capture: bool = False) -> int:
        """Writes a seat's row and returns its CSRC."""
        csrc = self.seats[participant].csrc if participant in self.seats else 1000 + len(self.seats)
        self.seats[participant] = Seat(participant, csrc, muted, capture)
        self.version += 1
        return csrc

    def unseat(self, participant: str) -> None:
        del self.seats[participant]
        self.version += 1

    def remove(self, participant: str) -> None:
        self.gone.add(participant)
        self.version += 1

    def record(self, recording: bool) -> None:
        self.recording = recording
        self.version += 1

    def end(self) -> None:
        self.live = False
        self.version += 1

    async def apply(self) -> bool:
        """Tells the relay, as publish does after commit."""
        return await asyncio.to_thread(client.apply, self.state(), 2.0)

    async def offer(self, kind: str, participant: str, sdp: str, replaces: str = "") -> Reply:
        return await client.offer(Offer(kind, participant, sdp, self.state(), replaces))

    async def speak(self, participant: str, packets: Iterable[bytes], replaces: str = "") -> Speaker:
        return await self.enter(Speaker(self.state, participant, packets, replaces))

    async def listen(self, participant: str, replaces: str = "") -> Ear:
        return await self.enter(Ear(self.state, participant, replaces))

    async def enter(self, person):
        """Connects a Speaker or an Ear and waits until the relay has them."""
        self._clients.append(person)
        await person.connect()
        # The client is connected a moment before the relay is.
        await eventually(lambda: not self.sessions[person.session].half_open)
        return person

    async def heartbeat_is(self, **wanted) -> None:
        """Waits for the relay to say so of itself."""

        def said() -> bool:
            beats = [beat for beat in client.relays() if beat.relay == self.worker.relay]
            return bool(beats) and all(getattr(beats[0], name) == value for name, value in wanted.items())

        await eventually(said)

    @property
    def room(self) -> LiveRoom:
        """Only while somebody is in it: the relay drops empty rooms."""
        return self.worker.rooms[self.space]

    @property
    def sessions(self) -> dict[str, Session]:
        return self.room.sessions if self.space in self.worker.rooms else {}

    @property
    def present(self) -> set[str]:
        """Participants whose sound is connected."""
        return self.room.present if self.space in self.worker.rooms else set()

    def microphone(self, participant: str) -> Microphone:
        """The session that carries this person's voice."""
        return self.room.microphones[participant]

    def heard(self, participant: str) -> bool:
        """Packets of this person arrive, whether or not anybody may hear them."""
        return participant in self.room.microphones and self.microphone(participant).heard_at > 0

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self._clients))
