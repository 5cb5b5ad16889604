"""A WHIP session: one speaker's packets, authenticated and handed to the jitter buffer, and reports back to them.

Made by live_room.py, which opens and shuts the uplink's gate.
"""

import logging
import struct
import time

from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import (
    RTCP_RTPFB_NACK,
    HeaderExtensionsMap,
    RtcpPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSourceInfo,
    RtcpSrPacket,
    RtpPacket,
)
from pylibsrtp import Error as SrtpError

from rooms.relay.audience import CNAME
from rooms.relay.opus import SAMPLE_RATE
from rooms.relay.session import Session
from rooms.relay.uplink import Uplink

log = logging.getLogger(__name__)

SDES_CNAME = 1
# What aiortc's parsers raise on bytes that are no RTP, RTCP or header extensions; UnicodeDecodeError is a ValueError.
MALFORMED = (SrtpError, ValueError, IndexError, struct.error)


class Microphone(Session):
    """`heard_at` is when (monotonic, s) its last authentic packet came."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.uplink = Uplink()
        self._extensions = HeaderExtensionsMap()
        self._statistics: dict[int, StreamStatistics] = {}
        self._sender_report: tuple[int, float] | None = None

    def take_rtp(self, datagram: bytes) -> None:
        if self.closed or self.peer.inbound is None:
            return
        try:
            packet = RtpPacket.parse(self.peer.inbound.unprotect(datagram), self._extensions)
        except MALFORMED:
            return
        self.heard_at = time.monotonic()
        if packet.payload_type != self.peer.payload_type:
            return
        if packet.ssrc not in self._statistics:
            # A new source is a restarted sender; the old one's numbers mean nothing for it.
            self._statistics = {packet.ssrc: StreamStatistics(SAMPLE_RATE)}
            self.uplink.flush()
        self._statistics[packet.ssrc].add(packet)
        self.uplink.receive(packet, self.heard_at)
        if missing := self.uplink.missing(self.heard_at):
            self._ask_for(packet.ssrc, missing)

    def peer_connected(self) -> None:
        self._extensions = self.peer.header_extensions()
        self.uplink.can_ask = self.peer.can_nack
        super().peer_connected()

    def take_rtcp(self, datagram: bytes) -> None:
        if self.closed or self.peer.inbound is None:
            return
        try:
            packets = RtcpPacket.parse(self.peer.inbound.unprotect_rtcp(datagram))
        except MALFORMED:
            return
        for packet in packets:
            if isinstance(packet, RtcpSrPacket):
                self._sender_report = (packet.sender_info.ntp_timestamp >> 16 & 0xFFFFFFFF, time.monotonic())

    def send_report(self) -> None:
        """A receiver report with CNAME (RFC 3550, 6.4.2): browsers read round-trip time and loss from it."""
        if self.closed or self.half_open or not self._statistics:
            return
        middle, since = self._sender_report or (0, 0.0)
        delay = int((time.monotonic() - since) * 65536) & 0xFFFFFFFF if middle else 0
        reports = [
            RtcpReceiverInfo(
                ssrc=ssrc,
                fraction_lost=seen.fraction_lost,
                packets_lost=seen.packets_lost,
                highest_sequence=(seen.cycles + seen.max_seq) & 0xFFFFFFFF,
                # A sender's timestamps may be anything, and with them what is measured.
                jitter=min(seen.jitter, 0xFFFFFFFF),
                lsr=middle,
                dlsr=delay,
            )
            for ssrc, seen in self._statistics.items()
        ]
        self._send(RtcpRrPacket(ssrc=self.peer.ssrc, reports=reports))

    def _ask_for(self, ssrc: int, sequences: list[int]) -> None:
        """Generic NACK, behind the empty report that begins a compound packet (RFC 3550, 6.1)."""
        nack = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=self.peer.ssrc, media_ssrc=ssrc, lost=sequences)
        self._send(RtcpRrPacket(ssrc=self.peer.ssrc), nack)

    def _send(self, report: RtcpRrPacket, *feedback: RtcpRtpfbPacket) -> None:
        name = RtcpSourceInfo(ssrc=self.peer.ssrc, items=[(SDES_CNAME, CNAME)])
        try:
            compound = b"".join(map(bytes, (report, RtcpSdesPacket(chunks=[name]), *feedback)))
            self.peer.send(self.peer.outbound.protect_rtcp(compound))
        except (SrtpError, struct.error) as error:
            log.info("a report could not be sent: %r", error)
