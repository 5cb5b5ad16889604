"""Speakers and listeners that reach a relay over Redis, as the views do, and ears that measure what arrives.

Used by the relay's tests and the benchmark.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterable

import av
import numpy as np

from rooms.demo.whip import Rejected, WhepClient, WhipClient
from rooms.relay import client
from rooms.relay.opus import FRAME_SAMPLES, SAMPLE_RATE, Encoder
from rooms.relay.protocol import Close, Offer, Refusal, SpaceState

LOOPBACK = "http://127.0.0.1/"


class _OverRedis:
    """Takes offers to the relay, without a web server in between. `state_of` gives the Space's rows at that moment."""

    kind: str
    state_of: Callable[[], SpaceState]
    participant: str
    replaces = ""

    async def _post(self, offer: str) -> tuple[str, str]:
        reply = await client.offer(Offer(self.kind, self.participant, offer, self.state_of(), self.replaces))
        if isinstance(reply, Refusal):
            raise Rejected(reply.status, reply.code)
        return reply.sdp, reply.session

    async def _delete(self, location: str) -> None:
        await client.close(self.state_of().space, Close(location, self.participant))

    @property
    def session(self) -> str | None:
        return self.location

    @property
    def is_over(self) -> bool:
        return self.connection.connectionState in ("closed", "failed")


class Speaker(_OverRedis, WhipClient):
    kind = "whip"

    def __init__(self, state_of, participant: str, source, replaces: str = "") -> None:
        super().__init__(LOOPBACK, "", source)
        self.state_of, self.participant, self.replaces = state_of, participant, replaces

    @property
    def has_ended(self) -> bool:
        """The source has nothing more to say."""
        return self.connection.getSenders()[0].track is None


class Ear(_OverRedis, WhepClient):
    """Decodes each packet on arrival and remembers the last second of sound."""

    kind = "whep"

    def __init__(self, state_of, participant: str, replaces: str = "") -> None:
        super().__init__(LOOPBACK, "", on_packet=self._hear)
        self.state_of, self.participant, self.replaces = state_of, participant, replaces
        self.packets: list = []
        self.decoded = 0
        self.sound = np.zeros(SAMPLE_RATE, np.float32)
        self._decoder = av.CodecContext.create("libopus", "r")
        self._decoder.layout, self._decoder.sample_rate, self._decoder.format = "mono", SAMPLE_RATE, "s16"

    def _hear(self, packet) -> None:
        self.packets.append(packet)
        for frame in self._decoder.decode(av.Packet(packet.payload)):
            samples = np.frombuffer(frame.planes[0], np.int16, count=frame.samples).astype(np.float32) / 32768
            self.sound = np.concatenate((self.sound, samples))[-SAMPLE_RATE:]
            self.decoded += 1

    @property
    def csrcs(self) -> set[int]:
        """The voices named in the latest packet."""
        return set(self.packets[-1].csrc) if self.packets else set()

    def level(self, frequency: float, frames: int = 10) -> float:
        """dBFS of one tone in the last `frames` frames."""
        return level(self.sound[-frames * FRAME_SAMPLES :], frequency)

    async def hears(self, frequency: float) -> None:
        await eventually(lambda: self.level(frequency) > -30)

    async def frames(self, count: int) -> None:
        """Waits for so many more frames."""
        wanted = self.decoded + count
        await eventually(lambda: self.decoded >= wanted)


def level(samples: np.ndarray, frequency: float) -> float:
    """dBFS of one tone in samples at 48 kHz, -120 at least."""
    turn = np.exp(-2j * np.pi * frequency * np.arange(len(samples)) / SAMPLE_RATE)
    amplitude = 2 * abs(np.mean(samples * np.hanning(len(samples)) * 2 * turn))
    return float(20 * np.log10(max(amplitude, 1e-6)))


def sine(frequency: float, frame: int, amplitude: float = 0.3) -> np.ndarray:
    """The samples of the `frame`-th 20 ms of a tone."""
    phase = 2 * np.pi * frequency * (np.arange(FRAME_SAMPLES) + frame * FRAME_SAMPLES) / SAMPLE_RATE
    return (amplitude * np.sin(phase)).astype(np.float32)


def tone(frequency: float, amplitude: float = 0.3) -> Iterable[bytes]:
    """Opus packets of an endless sine; two seconds, encoded once and looped."""
    encoder = Encoder()
    return itertools.cycle([encoder.encode(sine(frequency, frame, amplitude)) for frame in range(100)])


async def eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Waits until `condition` holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
