"""The demo's voices: three WHIP clients and the conversation that moves between them. Run by rundemo.

Who is quiet sends nothing at all, so that a visitor who signs in as one of them can open a microphone of their own.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping
from fractions import Fraction

import aiohttp
import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from rooms.demo.conversation import BREATH_PACKETS, Line
from rooms.demo.whip import CLOCK_RATE, PACKET_SAMPLES, PACKET_SECONDS, Rejected, WhipClient

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
# Somebody else speaks with this account: come back when they may have finished (s).
POLITE_PAUSE = 10.0
# Packets that wait for the sender at most. A turn that falls further behind leaves words out.
QUEUE = 5
# A clock further behind than this (s) starts anew instead of hurrying.
LATE = 0.2


class Microphone(MediaStreamTrack):
    """Gives the packets that are put in, and waits, costing nothing, while there are none."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._packets: asyncio.Queue[av.Packet | None] = asyncio.Queue(QUEUE)

    def put(self, payload: bytes, pts: int) -> None:
        packet = av.Packet(payload)
        packet.pts, packet.time_base = pts, Fraction(1, CLOCK_RATE)
        with contextlib.suppress(asyncio.QueueFull):
            self._packets.put_nowait(packet)

    async def recv(self) -> av.Packet:
        if self.readyState != "live" or (packet := await self._packets.get()) is None:
            raise MediaStreamError
        return packet

    def stop(self) -> None:
        super().stop()
        with contextlib.suppress(asyncio.QueueFull):
            self._packets.put_nowait(None)


class Voice:
    """One account's uplink. `token` is None while it has no business speaking; then there is no uplink either."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._token: str | None = None
        self._changed = asyncio.Event()
        self._microphone: Microphone | None = None

    @property
    def can_speak(self) -> bool:
        return self._microphone is not None and self._token is not None

    def may_speak(self, token: str | None) -> None:
        """The token is renewed by every look at the database; only its coming and going matters here."""
        changed = (token is None) != (self._token is None)
        self._token = token
        if changed:
            self._changed.set()

    def reconnect(self) -> None:
        self._changed.set()

    def say(self, payload: bytes, pts: int) -> None:
        if self._microphone is not None:
            self._microphone.put(payload, pts)

    async def run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            self._changed.clear()
            if self._token is None:
                await self._changed.wait()
                continue
            try:
                await self._speak(self._token)
                pause = FIRST_PAUSE
            except Rejected as rejected:
                pause = POLITE_PAUSE if rejected.status == 409 else min(pause * 2, LONGEST_PAUSE)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                log.info("no uplink: %r", error)
                pause = min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _speak(self, token: str) -> None:
        """Keeps one uplink until it is lost, or until something changed."""
        microphone = Microphone()
        client = WhipClient(self._url, token, microphone)
        try:
            await client.connect()

            @client.connection.on("connectionstatechange")
            def state_changed() -> None:
                if client.connection.connectionState in ("failed", "closed"):
                    self._changed.set()

            self._microphone = microphone
            await self._changed.wait()
        finally:
            self._microphone = None
            microphone.stop()
            await client.close()


async def converse(voices: Mapping[str, Voice], lines: Iterable[Line]) -> None:
    """Speaks the lines in turns; who cannot speak is passed over, in the middle of a line if need be."""
    clock, passed_over = _Clock(), 0
    for line in lines:
        voice = voices[line.voice]
        passed_over = 0 if voice.can_speak else passed_over + 1
        if passed_over > len(voices):
            await asyncio.sleep(PACKET_SECONDS * BREATH_PACKETS)
        for payload in line.packets:
            if not voice.can_speak:
                break
            voice.say(payload, await clock.tick())
        else:
            for _ in range(BREATH_PACKETS):
                await clock.tick()


class _Clock:
    """One media clock for all voices, 20 ms a tick."""

    def __init__(self) -> None:
        self._ticks = 0
        self._next = asyncio.get_running_loop().time()

    async def tick(self) -> int:
        """Waits for the next tick; its RTP timestamp, before the sender's own offset."""
        now = asyncio.get_running_loop().time()
        if now - self._next > LATE:
            self._ticks += round((now - self._next) / PACKET_SECONDS)
            self._next = now
        await asyncio.sleep(self._next - now)
        self._next += PACKET_SECONDS
        self._ticks += 1
        return self._ticks * PACKET_SAMPLES
