"""What the relay's tests act with: a Space's rows, people who speak and listen, and ears that measure."""

import asyncio
import itertools
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping

import av
import numpy as np

from rooms.demo.whip import Rejected, WhepClient, WhipClient
from rooms.relay import client
from rooms.relay.mixer import FRAME_SAMPLES, SAMPLE_RATE, Encoder
from rooms.relay.protocol import Close, Offer, Refusal, Seat, SpaceState
from rooms.relay.worker import Worker


class Stage:
    """One Space's committed rows (`seats`, `live`, `version`) and the clients opened on it."""

    worker: Worker

    def __init__(self) -> None:
        self.space = str(uuid.uuid4())
        self.version = 1
        self.live = True
        self.seats: dict[str, Seat] = {}
        self.gone: set[str] = set()
        self._clients: list = []

    @property
    def state(self) -> SpaceState:
        return SpaceState(self.space, self.version, self.live, tuple(self.seats.values()), tuple(self.gone))

    def load_states(self, sessions: Mapping[str, Collection[str]]) -> dict[str, SpaceState]:
        return {self.space: self.state} if self.space in sessions else {}

    def seat(self, participant: str, muted: bool = False) -> int:
        """Writes a seat's row and returns its CSRC."""
        csrc = self.seats[participant].csrc if participant in self.seats else 1000 + len(self.seats)
        self.seats[participant] = Seat(participant, csrc, muted)
        self.version += 1
        return csrc

    def unseat(self, participant: str) -> None:
        del self.seats[participant]
        self.version += 1

    async def apply(self) -> bool:
        """Tells the relay, as publish does after commit."""
        return await asyncio.to_thread(client.apply, self.state, 2.0)

    async def offer(self, kind: str, participant: str, sdp: str, replaces: str = ""):
        return await client.offer(Offer(kind, participant, sdp, self.state, replaces))

    async def speak(self, participant: str, packets: Iterable[bytes], replaces: str = "") -> "Speaker":
        speaker = Speaker(self, participant, packets, replaces)
        self._clients.append(speaker)
        await speaker.connect()
        return speaker

    async def listen(self, participant: str, replaces: str = "") -> "Ear":
        ear = Ear(self, participant, replaces)
        self._clients.append(ear)
        await ear.connect()
        return ear

    async def heartbeat_is(self, **wanted) -> None:
        def seen() -> bool:
            beats = [beat for beat in client.relays() if beat.relay == self.worker.relay]
            return bool(beats) and all(getattr(beats[0], name) == value for name, value in wanted.items())

        await eventually(seen)

    @property
    def room(self):
        return self.worker.rooms[self.space]

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self._clients))


class _OverRedis:
    """Takes offers to the relay the way the views do, without a web server in between."""

    stage: Stage
    participant: str
    replaces: str

    async def _post(self, offer: str) -> tuple[str, str]:
        reply = await self.stage.offer(self.kind, self.participant, offer, self.replaces)
        if isinstance(reply, Refusal):
            raise Rejected(reply.status, reply.code)
        return reply.sdp, reply.session

    async def _delete(self, location: str) -> None:
        await client.close(self.stage.space, Close(location, self.participant))

    @property
    def session(self) -> str:
        return self.location

    @property
    def is_over(self) -> bool:
        return self.connection.connectionState in ("closed", "failed")


class Speaker(_OverRedis, WhipClient):
    kind = "whip"

    def __init__(self, stage: Stage, participant: str, packets: Iterable[bytes], replaces: str = "") -> None:
        super().__init__("http://127.0.0.1/", "", packets)
        self.stage, self.participant, self.replaces = stage, participant, replaces


class Ear(_OverRedis, WhepClient):
    """A listener who decodes each packet on arrival and remembers the last second of sound."""

    kind = "whep"

    def __init__(self, stage: Stage, participant: str, replaces: str = "") -> None:
        super().__init__("http://127.0.0.1/", "", on_packet=self._hear)
        self.stage, self.participant, self.replaces = stage, participant, replaces
        self.packets: list = []
        self.arrivals: list[float] = []
        self._decoder = av.CodecContext.create("libopus", "r")
        self._decoder.layout, self._decoder.sample_rate, self._decoder.format = "mono", SAMPLE_RATE, "s16"
        self._sound = np.zeros(SAMPLE_RATE, np.float32)
        self.decoded = 0

    def _hear(self, packet) -> None:
        self.packets.append(packet)
        self.arrivals.append(asyncio.get_running_loop().time())
        for frame in self._decoder.decode(av.Packet(packet.payload)):
            samples = np.frombuffer(frame.planes[0], np.int16, count=frame.samples).astype(np.float32) / 32768
            self._sound = np.concatenate((self._sound, samples))[-SAMPLE_RATE:]
            self.decoded += 1

    @property
    def csrcs(self) -> set[int]:
        return set(self.packets[-1].csrc) if self.packets else set()

    def level(self, frequency: float, seconds: float = 0.2) -> float:
        """dBFS of one tone in the last `seconds` of sound."""
        samples = self._sound[-int(seconds * SAMPLE_RATE) :]
        turn = np.exp(-2j * np.pi * frequency * np.arange(len(samples)) / SAMPLE_RATE)
        amplitude = 2 * abs(np.mean(samples * np.hanning(len(samples)) * 2 * turn))
        return 20 * np.log10(max(amplitude, 1e-6))

    async def hears(self, frequency: float) -> None:
        await eventually(lambda: self.level(frequency) > -30)

    async def frames(self, count: int) -> None:
        """Waits for so many more frames."""
        wanted = self.decoded + count
        await eventually(lambda: self.decoded >= wanted)


def tone(frequency: float, amplitude: float = 0.3) -> Iterable[bytes]:
    """Opus packets of an endless sine; two seconds, encoded once and looped."""
    encoder, packets = Encoder(), []
    for number in range(100):
        phase = 2 * np.pi * frequency * (np.arange(FRAME_SAMPLES) + number * FRAME_SAMPLES) / SAMPLE_RATE
        packets.append(encoder.encode((amplitude * np.sin(phase)).astype(np.float32)))
    return itertools.cycle(packets)


async def eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Waits until `condition` holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
