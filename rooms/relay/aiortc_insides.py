"""Everything that touches private names of aiortc, aioice and pylibsrtp, in one place.

Used by session.py, fanout.py, runrelay and the WHIP/WHEP test client. aiortc negotiates SDP, ICE and DTLS; packets go
through our own port and our own loops. `missing_names()` says in a sentence what a new version has moved.
"""

import datetime
import struct
from collections.abc import Callable
from typing import Protocol

import aiortc.rtcpeerconnection
from aioice import Candidate, ice
from aioice.candidate import candidate_foundation, candidate_priority
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport
from pylibsrtp import Session as SrtpSession
from pylibsrtp._binding import ffi, lib

from rooms.relay.guard import StunKey
from rooms.relay.port import Address, Port

# int srtp_protect(srtp_t, void *packet, int *length): in place, 0 when it succeeded.
srtp_protect = lib.srtp_protect
srtp_protect_rtcp = lib.srtp_protect_rtcp

# What we like to receive (RFC 7587 section 6.1); the encoder's settings are mixer.py's.
OPUS_PARAMETERS = {"minptime": 10, "useinbandfec": 1, "stereo": 0, "maxaveragebitrate": 40000}
DTLS_BACKLOG_MAX = 64
CERTIFICATE_RENEWED_BEFORE = datetime.timedelta(days=15)


class Owner(Protocol):
    """What a Peer tells the session that owns it."""

    def peer_connected(self) -> None: ...
    def peer_moved(self) -> None: ...
    def peer_lost(self) -> None: ...
    def take_rtp(self, datagram: bytes) -> None: ...
    def take_rtcp(self, datagram: bytes) -> None: ...


class Peer:
    """One RTCPeerConnection with one audio section, on the relay's port.

    `sends` is True for a downlink. After `peer_connected` the SRTP session of that direction is set and stays
    valid until `close`.
    """

    def __init__(self, port: Port, sends: bool, owner: Owner) -> None:
        self._owner = owner
        self._connection = _new_connection()
        self._transceiver = self._connection.addTransceiver("audio", direction="sendonly" if sends else "recvonly")
        # Neither aiortc's sender nor its receiver may start: each costs tasks, and the receiver a thread.
        self._transceiver.sender.send = _nothing
        self._transceiver.receiver.receive = _nothing
        self._dtls: RTCDtlsTransport = self._transceiver.receiver.transport
        self._wire = _Wire(port, self._dtls.transport._connection, owner)
        self._connection.on("connectionstatechange", self._state_changed)

    async def answer(self, offer: str) -> str:
        """The SDP answer, candidates included. Raises whatever aiortc raises on an offer it cannot take."""
        await self._connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        opus = [codec for codec in self._transceiver._codecs if codec.mimeType.lower() == "audio/opus"][:1]
        if not opus:
            raise ValueError("no Opus in common")
        opus[0].parameters = dict(OPUS_PARAMETERS)
        self._transceiver._codecs = opus
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return self._connection.localDescription.sdp

    async def close(self) -> None:
        await self._connection.close()

    @property
    def ssrc(self) -> int:
        return self._transceiver.sender._ssrc

    @property
    def payload_type(self) -> int:
        return self._transceiver._codecs[0].payloadType

    @property
    def address(self) -> Address | None:
        return self._wire.address

    @property
    def outbound(self) -> SrtpSession | None:
        return self._dtls._tx_srtp

    @property
    def inbound(self) -> SrtpSession | None:
        """None until the DTLS handshake is done."""
        return self._dtls._rx_srtp

    def send(self, datagram: bytes) -> None:
        self._wire.send(datagram)

    def _state_changed(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            self._owner.peer_connected()
        elif state in ("failed", "closed"):
            self._owner.peer_lost()


class _Wire(ice.StunProtocol):
    """Stands where aioice expects the one datagram endpoint of a local candidate; the endpoint is the shared port."""

    def __init__(self, port: Port, connection: ice.Connection, owner: Owner) -> None:
        super().__init__(connection)
        while port.knows(connection.local_username.encode()):
            connection._local_username = ice.random_string(8)
        self.transport = self._port = port
        self._owner = owner
        self.username = connection.local_username.encode()
        self.key = StunKey(connection.local_password)
        self.address: Address | None = None
        self.addresses: set[Address] = set()
        self.heard_at = 0.0
        self.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", port.host),
            component=1,
            transport="udp",
            priority=candidate_priority(1, "host"),
            host=port.host,
            port=port.port,
            type="host",
        )
        self.take_rtp = owner.take_rtp
        self.take_rtcp = owner.take_rtcp
        connection.gather_candidates = self._gather
        connection._nominated = _Nominated(self)

    async def _gather(self) -> None:
        connection = self.receiver
        if not connection._local_candidates_start:
            connection._local_candidates_start = True
            connection._protocols.append(self)
            connection._local_candidates.append(self.local_candidate)
            self._port.attach(self)
            connection._local_candidates_end = True

    async def close(self) -> None:
        self._port.detach(self)
        self.receiver.protocol_lost(self)

    def nominated(self, address: Address) -> None:
        moved = self.address not in (None, address)
        self.address = address
        if moved:
            self._owner.peer_moved()

    def take_stun(self, datagram: bytes, address: Address) -> None:
        try:
            self.datagram_received(datagram, address)
        except (struct.error, IndexError, KeyError, ValueError):
            self._port.counts["stun_malformed"] += 1

    def take_dtls(self, datagram: bytes) -> None:
        if self.receiver._queue.qsize() < DTLS_BACKLOG_MAX:
            self.receiver.data_received(datagram, 1)

    def send(self, datagram: bytes) -> None:
        if self.address is not None:
            self._port.sendto(datagram, self.address)


class _Nominated(dict):
    """Connection._nominated that tells the moment ICE settles on an address, also when the peer roams."""

    def __init__(self, wire: _Wire) -> None:
        super().__init__()
        self._wire = wire

    def __setitem__(self, component: int, pair: ice.CandidatePair) -> None:
        super().__setitem__(component, pair)
        self._wire.nominated(pair.remote_addr)


class _SharedCertificate(RTCCertificate):
    """One certificate and one TLS context per process; making them for every join is measurable CPU."""

    _current: "_SharedCertificate | None" = None
    _context = None

    @classmethod
    def generateCertificate(cls) -> "_SharedCertificate":
        now = datetime.datetime.now(tz=datetime.UTC)
        if cls._current is None or cls._current.expires - now < CERTIFICATE_RENEWED_BEFORE:
            cls._current = super().generateCertificate()
        return cls._current

    def _create_ssl_context(self, srtp_profiles):
        if self._context is None:
            self._context = super()._create_ssl_context(srtp_profiles)
        return self._context


def _new_connection() -> RTCPeerConnection:
    """aiortc makes a certificate in the constructor and offers no other way to hand in ours."""
    module = aiortc.rtcpeerconnection
    original, module.RTCCertificate = module.RTCCertificate, _SharedCertificate
    try:
        return RTCPeerConnection(RTCConfiguration(iceServers=[]))
    finally:
        module.RTCCertificate = original


async def _nothing(parameters: object) -> None:
    """In the place of RTCRtpSender.send and RTCRtpReceiver.receive."""


def pointer(kind: str, address: int):
    """A C pointer for srtp_protect: `kind` is "void *" or "int *"."""
    return ffi.cast(kind, address)


def handle(session: SrtpSession):
    """The srtp_t of a session. The session must outlive it."""
    return session._srtp[0]


def bind_client(connection: RTCPeerConnection, address: str) -> None:
    """Makes a client gather on one address only; aioice leaves loopback out."""
    for transceiver in connection.getTransceivers():
        connection_ = transceiver.receiver.transport.transport._connection
        gather = connection_.get_component_candidates

        async def on_one_address(component: int, addresses: list[str], gather=gather) -> list:
            return await gather(component, [address])

        connection_.get_component_candidates = on_one_address


def tap(connection: RTCPeerConnection, callback: Callable) -> None:
    """Hands a client's parsed RtpPackets to `callback` in place of aiortc's jitter buffer and decoder."""

    async def take(packet, arrival_time_ms: int) -> None:
        callback(packet)

    for transceiver in connection.getTransceivers():
        transceiver.receiver._handle_rtp_packet = take


def missing_names() -> list[str]:
    """One sentence per private name that this version of aiortc, aioice or pylibsrtp no longer has."""
    connection = _new_connection()
    transceiver = connection.addTransceiver("audio", direction="sendonly")
    dtls = transceiver.receiver.transport
    needed = {
        "aiortc's RTCRtpTransceiver": (transceiver, ["_codecs"]),
        "aiortc's RTCRtpSender": (transceiver.sender, ["_ssrc", "send"]),
        "aiortc's RTCRtpReceiver": (transceiver.receiver, ["receive", "_handle_rtp_packet"]),
        "aiortc's RTCDtlsTransport": (dtls, ["_tx_srtp", "_rx_srtp"]),
        "aiortc's RTCIceTransport": (dtls.transport, ["_connection"]),
        "aiortc's RTCCertificate": (RTCCertificate, ["generateCertificate", "_create_ssl_context"]),
        "aiortc.rtcpeerconnection": (aiortc.rtcpeerconnection, ["RTCCertificate"]),
        "aioice's Connection": (
            getattr(dtls.transport, "_connection", None),
            [
                *("_nominated", "_protocols", "_queue", "_local_candidates", "_local_candidates_start"),
                *("_local_candidates_end", "_local_username", "gather_candidates", "get_component_candidates"),
                *("data_received", "protocol_lost", "request_received"),
            ],
        ),
        "aioice's StunProtocol": (ice.StunProtocol, ["datagram_received", "request", "send_stun", "send_data"]),
        "aioice.ice": (ice, ["random_string"]),
        "pylibsrtp's Session": (SrtpSession(), ["_srtp", "protect_rtcp", "unprotect", "unprotect_rtcp"]),
        "pylibsrtp._binding.lib": (lib, ["srtp_protect", "srtp_protect_rtcp"]),
    }
    sentences = [
        f"{owner} has no `{name}` any more: rooms/relay/aiortc_insides.py must follow this version."
        for owner, (thing, names) in needed.items()
        for name in names
        if not hasattr(thing, name)
    ]
    if str(ffi.typeof(srtp_protect)).count("*") != 4:
        sentences.append("libsrtp's srtp_protect takes other arguments now: fanout.py protects in place with three.")
    return sentences
