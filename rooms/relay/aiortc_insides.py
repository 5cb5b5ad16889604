"""Everything that touches private names of aiortc; aioice_insides.py and srtp_insides.py do so for its two libraries.

Used by session.py, runrelay and the WHIP/WHEP client. aiortc negotiates SDP, ICE and DTLS; packets go through our own
port and our own loops. `missing_names()` says in a sentence what a new version has moved.
"""

import datetime
import logging
from collections.abc import Callable

import aiortc.codecs
import aiortc.rtcpeerconnection
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap
from pylibsrtp import Session as SrtpSession

from rooms.relay import aioice_insides, srtp_insides
from rooms.relay.aioice_insides import Owner, Wire
from rooms.relay.port import Port
from rooms.relay.sockets import Address

log = logging.getLogger(__name__)

# What we like to receive (RFC 7587 section 6.1); the encoder's settings are mixer.py's.
OPUS_PARAMETERS = {"minptime": 10, "useinbandfec": 1, "stereo": 0, "maxaveragebitrate": 40000}
CERTIFICATE_RENEWED_BEFORE = datetime.timedelta(days=15)

# Generic NACK (RFC 4585 section 6.2.1): agreed with clients that offer it for Opus. aiortc has it for video only.
NACK = RTCRtcpFeedback(type="nack")
# Mixer-to-client levels (RFC 6465 section 3), which aiortc does not know.
CSRC_LEVELS = "urn:ietf:params:rtp-hdrext:csrc-audio-level"

_opus = next(codec for codec in aiortc.codecs.CODECS["audio"] if codec.mimeType == "audio/opus")
_opus.rtcpFeedback = [NACK]
aiortc.codecs.HEADER_EXTENSIONS["audio"].append(RTCRtpHeaderExtensionParameters(id=9, uri=CSRC_LEVELS))


class Peer:
    """One RTCPeerConnection with one audio section, on the relay's port.

    `sends` is True for a downlink. `outbound` protects what goes to the peer under `ssrc`; it and `inbound` are there
    from `peer_connected` until `close`.
    """

    outbound: SrtpSession | None = None

    def __init__(self, port: Port, sends: bool, owner: Owner) -> None:
        self._owner = owner
        self._connection = _new_connection()
        self._transceiver = self._connection.addTransceiver("audio", direction="sendonly" if sends else "recvonly")
        # Neither aiortc's sender nor its receiver may start: each costs tasks, and the receiver a thread.
        self._transceiver.sender.send = _nothing
        self._transceiver.receiver.receive = _nothing
        self._dtls: RTCDtlsTransport = self._transceiver.receiver.transport
        self._wire = Wire(port, self._dtls.transport._connection, owner)
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
        """Also undoes the circles in which aiortc, aioice and we hold each other. Python would find them late, for it
        does not count the 100 kB of OpenSSL's and libsrtp's in each; and its search is a pause in sound."""
        try:
            await self._connection.close()
        finally:
            for emitter in (self._dtls, self._dtls.transport, self._dtls.transport.iceGatherer):
                emitter.remove_all_listeners()
            self._wire.let_go()
            self._owner = None

    @property
    def ssrc(self) -> int:
        return self._transceiver.sender._ssrc

    @property
    def payload_type(self) -> int:
        return self._transceiver._codecs[0].payloadType

    @property
    def can_nack(self) -> bool:
        """Both sides know generic NACK for this stream."""
        return NACK in self._transceiver._codecs[0].rtcpFeedback

    @property
    def csrc_levels_id(self) -> int | None:
        """The header extension's id (RFC 8285) under which this peer wants RFC 6465 levels; None: not at all."""
        ids = [each.id for each in self._transceiver._headerExtensions if each.uri == CSRC_LEVELS]
        return ids[0] if ids else None

    def header_extensions(self) -> HeaderExtensionsMap:
        """For RtpPacket.parse: what the peer's header extensions mean."""
        extensions = HeaderExtensionsMap()
        extensions.configure(RTCRtpParameters(headerExtensions=self._transceiver._headerExtensions))
        return extensions

    @property
    def address(self) -> Address | None:
        return self._wire.address

    @property
    def inbound(self) -> SrtpSession | None:
        """None until the DTLS handshake is done."""
        return self._dtls._rx_srtp

    @property
    def heard_at(self) -> float:
        """When (monotonic, s) the peer last proved in STUN that it lives; 0.0 for never."""
        return self._wire.heard_at

    @property
    def has_shown_itself(self) -> bool:
        """An address has proved the peer's credentials."""
        return bool(self._wire.addresses)

    def probe(self) -> None:
        """Asks for such a proof; see Wire.probe."""
        self._wire.probe()

    def send(self, datagram: bytes) -> None:
        self._wire.send(datagram)

    def _state_changed(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            try:
                self._take_keys()
            except Exception:
                log.exception("a connection has no keys")
                self._owner.peer_lost()
            else:
                self._owner.peer_connected()
        elif state in ("failed", "closed"):
            self._owner.peer_lost()

    def _take_keys(self) -> None:
        """Makes `outbound` of the handshake's keys (RFC 5764 section 4.2), once, in aiortc's session's place: two with
        one key would encrypt two reports with the same key stream."""
        if self.outbound is not None:
            return
        dtls = self._dtls
        dtls._tx_srtp = None
        agreed = dtls._ssl.get_selected_srtp_profile()
        profile = next(each for each in dtls._srtp_profiles if each.openssl_profile == agreed)
        keys = dtls._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (profile.key_length + profile.salt_length))
        key = profile.get_key_and_salt(keys, 1 if dtls._role == "server" else 0)
        self.outbound = srtp_insides.outbound(profile.libsrtp_profile, key, self.ssrc)


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


def bind_client(connection: RTCPeerConnection, address: str) -> None:
    """Makes a client gather on one address only."""
    for transceiver in connection.getTransceivers():
        aioice_insides.bind(transceiver.receiver.transport.transport._connection, address)


def tap(connection: RTCPeerConnection, callback: Callable) -> None:
    """Hands a client's parsed RtpPackets to `callback` in place of aiortc's jitter buffer and decoder."""

    async def take(packet, arrival_time_ms: int) -> None:
        callback(packet)

    for transceiver in connection.getTransceivers():
        transceiver.receiver._handle_rtp_packet = take


def missing_names() -> list[str]:
    """One sentence per private name that these versions of aiortc, aioice and pylibsrtp no longer have."""
    transceiver = _new_connection().addTransceiver("audio", direction="sendonly")
    dtls = transceiver.receiver.transport
    own = srtp_insides.sentences(
        __name__,
        {
            "aiortc's RTCRtpTransceiver": (transceiver, ["_codecs", "_headerExtensions"]),
            "aiortc's RTCRtpSender": (transceiver.sender, ["_ssrc", "send"]),
            "aiortc's RTCRtpReceiver": (transceiver.receiver, ["receive", "_handle_rtp_packet"]),
            "aiortc's RTCDtlsTransport": (dtls, ["_tx_srtp", "_rx_srtp", "_ssl", "_srtp_profiles", "_role"]),
            "aiortc's RTCIceTransport": (dtls.transport, ["_connection"]),
            "aiortc's RTCCertificate": (RTCCertificate, ["generateCertificate", "_create_ssl_context"]),
            "aiortc.rtcpeerconnection": (aiortc.rtcpeerconnection, ["RTCCertificate"]),
            "aiortc.codecs": (aiortc.codecs, ["CODECS", "HEADER_EXTENSIONS"]),
        },
    )
    return own + aioice_insides.missing_names() + srtp_insides.missing_names()
