"""The benchmark's clients: one handshake for every system under test, and listeners that cost their machine little.

After the handshake nothing of aiortc's media path runs: receiver reports come from one loop, and a listener's RTP is
dropped by a filter in the kernel (`quieten`) or, for a probe, timed by the kernel (`Probe`).
"""

import asyncio
import ctypes
import socket
import struct
import time
from collections.abc import Iterable

import aiortc.codecs
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket, RtpPacket

from rooms.demo.whip import PacketTrack
from rooms.relay.aiortc_insides import bind_client
from rooms.relay.opus import FRAME_SAMPLES, Decoder
from tests.benchmarks.content import is_marker
from tests.benchmarks.signalling import Negotiate

CONNECT_SECONDS = 30
# As browsers offer Opus (RFC 7587 section 6.1); without it Janus leaves FEC out, and with it half of its work.
OPUS_PARAMETERS = {"minptime": 10, "useinbandfec": 1}
# A browser reports on sound every five seconds.
REPORT_SECONDS = 5
SO_ATTACH_FILTER, SO_TIMESTAMPNS = 26, 35

# Classic BPF (struct sock_filter: code, jump if true, jump if false, operand); the UDP header is at 0.
LOAD_BYTE, AT_LEAST, RETURN = 0x30, 0x35, 0x06
DROP_RTP = [
    (LOAD_BYTE, 0, 0, 8),
    (AT_LEAST, 0, 5, 128),
    (AT_LEAST, 4, 0, 192),
    (LOAD_BYTE, 0, 0, 9),
    (AT_LEAST, 0, 1, 192),
    (AT_LEAST, 0, 1, 224),
    (RETURN, 0, 0, 0),
    (RETURN, 0, 0, 0xFFFF),
]
DROP_ALL = [(RETURN, 0, 0, 0)]

aiortc.codecs.CODECS["audio"][0].parameters = OPUS_PARAMETERS


def filter_in_kernel(sock: socket.socket, program: Iterable[tuple[int, int, int, int]]) -> None:
    """SO_ATTACH_FILTER (socket(7)): what the program returns 0 for never reaches this process."""
    steps = b"".join(struct.pack("HBBI", *step) for step in program)
    kept = ctypes.create_string_buffer(steps)
    sock.setsockopt(
        socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HxxxxxxP", len(steps) // 8, ctypes.addressof(kept))
    )


def is_rtp(datagram: bytes) -> bool:
    """RFC 7983 section 7 and RFC 5761 section 4."""
    return len(datagram) >= 12 and 128 <= datagram[0] < 192 and not 192 <= datagram[1] < 224


class Client:
    """One connection, speaking (`source`: Opus packets) or listening."""

    def __init__(self, participant: str, address: str, source: Iterable[bytes] | None = None) -> None:
        self.participant, self.kind = participant, "whep" if source is None else "whip"
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        if source is None:
            transceiver = self.connection.addTransceiver("audio", direction="recvonly")
        else:
            transceiver = self.connection.addTransceiver(PacketTrack(source), direction="sendonly")
        transceiver.receiver.receive = _nothing
        bind_client(self.connection, address)
        self.dtls = transceiver.receiver.transport
        # SSRC, sequence number and time of the first packet that arrived.
        self.first: tuple[int, int, float] | None = None

    async def connect(self, negotiate: Negotiate) -> None:
        """Raises signalling.Refused, or TimeoutError."""
        settled = asyncio.Event()

        @self.connection.on("connectionstatechange")
        def changed() -> None:
            if self.connection.connectionState in ("connected", "failed", "closed"):
                settled.set()

        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await negotiate(self.kind, self.participant, self.connection)
                await settled.wait()
            if not self.is_connected:
                raise TimeoutError(f"the connection {self.connection.connectionState}")
        except BaseException:
            await self.connection.close()
            raise

    @property
    def is_connected(self) -> bool:
        return self.connection.connectionState == "connected"

    @property
    def protocol(self):
        """aioice's datagram endpoint."""
        return self.dtls.transport._connection._protocols[0]

    @property
    def socket(self) -> socket.socket:
        return self.protocol.transport.get_extra_info("socket")

    @property
    def srtp_profile(self) -> str:
        return self.dtls._ssl.get_selected_srtp_profile().decode()

    async def close(self) -> None:
        await self.connection.close()

    def quieten(self) -> None:
        """Lets one packet say whose stream this is; no other RTP reaches this process."""
        protocol, whole = self.protocol, self.protocol.datagram_received

        def learn(datagram: bytes, address: tuple) -> None:
            if not is_rtp(datagram):
                whole(datagram, address)
            elif self.first is None:
                self.note_first(datagram)
                filter_in_kernel(self.socket, DROP_RTP)
                protocol.datagram_received = whole

        protocol.datagram_received = learn

    def lose(self, count: int) -> None:
        """The next `count` RTP packets of this speaker get lost on their way."""
        transport, send = self.dtls.transport, self.dtls.transport._send
        left = iter(range(count))

        async def lossy(datagram: bytes) -> None:
            if not is_rtp(datagram) or next(left, None) is None:
                await send(datagram)

        transport._send = lossy

    def note_first(self, datagram: bytes) -> None:
        sequence, ssrc = struct.unpack_from("!H4xI", datagram, 2)
        self.first = ssrc, sequence, time.monotonic()

    async def report(self, packets_per_second: float) -> None:
        """A receiver report of somebody who hears everything (RFC 3550 section 6.4.2)."""
        if self.first is None or not self.is_connected:
            return
        ssrc, sequence, began = self.first
        highest = sequence + int((time.monotonic() - began) * packets_per_second)
        block = RtcpReceiverInfo(
            ssrc=ssrc, fraction_lost=0, packets_lost=0, highest_sequence=highest, jitter=48, lsr=0, dlsr=0
        )
        await self.dtls._send_rtp(bytes(RtcpRrPacket(ssrc=1, reports=[block])))


class Probe(Client):
    """A listener that receives everything, stamped by the kernel on arrival; `decodes` also listens for markers."""

    def __init__(self, participant: str, address: str, decodes: bool) -> None:
        super().__init__(participant, address)
        # (arrival in seconds of Unix time, sequence number, RTP time, bytes) of each packet.
        self.packets: list[tuple[float, int, int, int]] = []
        self.heard: list[float] = []
        self._decoder = Decoder() if decodes else None
        self._loud = True

    def watch(self) -> None:
        """Takes the socket from asyncio's transport, which knows no arrival times."""
        loop = asyncio.get_running_loop()
        loop._remove_reader(self.socket.fileno())
        self._own = self.socket._sock.dup()
        self._own.setblocking(False)
        self._own.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        loop.add_reader(self._own, self._drain)

    async def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._own)
        self._own.close()
        await super().close()

    def _drain(self) -> None:
        while True:
            try:
                datagram, told, _, address = self._own.recvmsg(2048, 64)
            except OSError:
                return
            if not is_rtp(datagram):
                self.protocol.datagram_received(datagram, address)
                continue
            seconds, nanoseconds = struct.unpack("qq", told[0][2]) if told else divmod(time.time_ns(), 10**9)
            arrived = seconds + nanoseconds / 1e9
            sequence, timestamp = struct.unpack_from("!HI", datagram, 2)
            if self.first is None:
                self.note_first(datagram)
            self.packets.append((arrived, sequence, timestamp, len(datagram)))
            if self._decoder is not None:
                self._listen(datagram, arrived)

    def _listen(self, datagram: bytes, arrived: float) -> None:
        packet = RtpPacket.parse(self.dtls._rx_srtp.unprotect(datagram))
        samples = self._decoder.decode(packet.payload)
        for start in range(0, len(samples), FRAME_SAMPLES):
            loud = is_marker(samples[start : start + FRAME_SAMPLES])
            if loud and not self._loud:
                self.heard.append(arrived)
            self._loud = loud


async def report_for_all(clients: list[Client], packets_per_second: float = 50) -> None:
    """Every client's report in its turn, for ever."""
    part = 0
    while True:
        await asyncio.sleep(REPORT_SECONDS / 50)
        for client in clients[part % 50 :: 50]:
            await client.report(packets_per_second)
        part += 1


async def _nothing(parameters: object) -> None:
    """In the place of RTCRtpReceiver.receive: no thread, no jitter buffer, no reports of its own."""
