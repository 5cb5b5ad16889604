"""What the relay's tests act on: one Space's committed rows, and the people who come to it."""

import asyncio
import uuid
from collections.abc import Collection, Iterable, Mapping

from rooms.relay import client
from rooms.relay.live_room import LiveRoom
from rooms.relay.protocol import Offer, Reply, Seat, SpaceState
from rooms.relay.worker import Worker
from tests.support.ears import Ear, Speaker, eventually


class Stage:
    """`seats`, `live`, `gone` and `version` are the rows; whoever speaks or listens is closed by `close`."""

    worker: Worker

    def __init__(self) -> None:
        self.space = str(uuid.uuid4())
        self.version = 1
        self.live = True
        self.seats: dict[str, Seat] = {}
        self.gone: set[str] = set()
        self._clients: list = []

    def state(self) -> SpaceState:
        return SpaceState(self.space, self.version, self.live, tuple(self.seats.values()), tuple(self.gone))

    def load_states(self, sessions: Mapping[str, Collection[str]]) -> dict[str, SpaceState]:
        return {self.space: self.state()} if self.space in sessions else {}

    def seat(self, participant: str, muted: bool = False) -> int:
        """Writes a seat's row and returns its CSRC."""
        csrc = self.seats[participant].csrc if participant in self.seats else 1000 + len(self.seats)
        self.seats[participant] = Seat(participant, csrc, muted)
        self.version += 1
        return csrc

    def unseat(self, participant: str) -> None:
        del self.seats[participant]
        self.version += 1

    def remove(self, participant: str) -> None:
        self.gone.add(participant)
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
        return await self._enter(Speaker(self.state, participant, packets, replaces))

    async def listen(self, participant: str, replaces: str = "") -> Ear:
        return await self._enter(Ear(self.state, participant, replaces))

    async def heartbeat_is(self, **wanted) -> None:
        """Waits for the relay to say so of itself."""

        def said() -> bool:
            beats = [beat for beat in client.relays() if beat.relay == self.worker.relay]
            return bool(beats) and all(getattr(beats[0], name) == value for name, value in wanted.items())

        await eventually(said)

    @property
    def room(self) -> LiveRoom:
        return self.worker.rooms[self.space]

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self._clients))

    async def _enter(self, person):
        self._clients.append(person)
        await person.connect()
        return person
