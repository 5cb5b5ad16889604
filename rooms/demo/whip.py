"""A small WHIP (RFC 9725) and WHEP client: the demo's voices, the tests and the benchmark speak and listen with it.

It knows the server by its URLs alone, like any foreign client, and sends Opus packets as they are, without encoding.
Runs on asyncio with aiortc and aiohttp; never imported by web code.
"""

import asyncio
import contextlib
import ipaddress
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import aiohttp
import av
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtpPacket

from rooms.relay.aiortc_insides import bind_client, tap

CLOCK_RATE = 48_000
PACKET_SECONDS = 0.02
PACKET_SAMPLES = 960
# Opus for "20 ms of nothing": a full-band CELT frame whose decoder has nothing to do (RFC 6716 section 3.1).
SILENCE = b"\xf8\xff\xfe"


class Rejected(Exception):
    """The server answered an offer with something else than 201. `status` and `body` are its words."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body[:200]}")
        self.status, self.body = status, body


def opus_packets(path: Path | str) -> list[bytes]:
    """The Opus packets of an .opus or .ogg file, in order. They must be of 20 ms each."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


class PacketTrack(MediaStreamTrack):
    """Gives one Opus packet of `packets` every 20 ms and ends with it. A generator may wait for its turn in silence."""

    kind = "audio"

    def __init__(self, packets: Iterable[bytes]) -> None:
        super().__init__()
        self._packets = iter(packets)
        self._sent = 0
        self._started: float | None = None

    async def recv(self) -> av.Packet:
        now = asyncio.get_running_loop().time()
        self._started = now if self._started is None else self._started
        await asyncio.sleep(self._started + self._sent * PACKET_SECONDS - now)
        payload = next(self._packets, None)
        if payload is None:
            self.stop()
            raise MediaStreamError
        packet = av.Packet(payload)
        packet.pts, packet.time_base = self._sent * PACKET_SAMPLES, Fraction(1, CLOCK_RATE)
        self._sent += 1
        return packet


class _Client:
    """One RTCPeerConnection negotiated over one POST; DELETE of its Location ends it."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.location: str | None = None
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))

    async def connect(self, timeout: float = 10) -> None:  # noqa: ASYNC109
        """Returns when sound can flow. Raises Rejected, TimeoutError or aiohttp.ClientError, and closes then."""
        try:
            async with asyncio.timeout(timeout):
                await self._negotiate()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Tells the server, if it can be reached, and closes the connection."""
        location, self.location = self.location, None
        if location is not None:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                await self._delete(location)
        await self.connection.close()

    async def _negotiate(self) -> None:
        if address := _loopback(self.url):
            bind_client(self.connection, address)
        connected = asyncio.Event()

        @self.connection.on("connectionstatechange")
        def changed() -> None:
            if self.connection.connectionState != "connecting":
                connected.set()

        await self.connection.setLocalDescription(await self.connection.createOffer())
        answer, self.location = await self._post(self.connection.localDescription.sdp)
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await connected.wait()
        if self.connection.connectionState != "connected":
            raise TimeoutError(f"the connection {self.connection.connectionState}")

    async def _post(self, offer: str) -> tuple[str, str]:
        """(SDP answer, session URL)"""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/sdp"}
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.url, data=offer.encode(), headers=headers) as response,
        ):
            body = await response.text()
            if response.status != 201:
                raise Rejected(response.status, body)
            return body, urljoin(str(response.url), response.headers["Location"])

    async def _delete(self, location: str) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        deadline = aiohttp.ClientTimeout(total=3)
        async with aiohttp.ClientSession(timeout=deadline) as http, http.delete(location, headers=headers):
            pass


class WhipClient(_Client):
    """Speaks: sends `source`, a track or an iterable of Opus packets of 20 ms."""

    def __init__(self, url: str, token: str, source: MediaStreamTrack | Iterable[bytes]) -> None:
        super().__init__(url, token)
        track = source if isinstance(source, MediaStreamTrack) else PacketTrack(source)
        self.connection.addTransceiver(track, direction="sendonly")


class WhepClient(_Client):
    """Listens: `on_frame` gets decoded av.AudioFrames (48 kHz), or `on_packet` RTP packets as they arrive.

    A packet has `.payload` (Opus), `.csrc` (who talks), `.sequence_number` and `.timestamp`; it is not put in order.
    """

    def __init__(
        self,
        url: str,
        token: str,
        on_frame: Callable[[av.AudioFrame], None] | None = None,
        on_packet: Callable[[RtpPacket], None] | None = None,
    ) -> None:
        super().__init__(url, token)
        self._on_frame = on_frame
        self._reading: asyncio.Task | None = None
        self.connection.addTransceiver("audio", direction="recvonly")
        if on_packet is not None:
            tap(self.connection, on_packet)

    async def connect(self, timeout: float = 10) -> None:  # noqa: ASYNC109
        await super().connect(timeout)
        if self._on_frame is not None:
            track = self.connection.getReceivers()[0].track
            self._reading = asyncio.get_running_loop().create_task(self._read(track, self._on_frame))

    async def close(self) -> None:
        await super().close()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self, track: MediaStreamTrack, on_frame: Callable[[av.AudioFrame], None]) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                on_frame(await track.recv())


def _loopback(url: str) -> str | None:
    """The loopback address a URL names, if it does; ICE leaves loopback out unless told."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return "127.0.0.1"
    with contextlib.suppress(ValueError):
        return host if ipaddress.ip_address(host).is_loopback else None
    return None
