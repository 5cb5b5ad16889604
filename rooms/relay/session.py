"""One WHIP or WHEP session: from the offer to the answer, to connected, to closed.

Made by live_room.py, which is told when it connects and when it is over. Whatever happens inside, an offer ends in an
answer or a refusal, and a session that is not connected by its deadline is closed with everything it opened.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import (
    RtcpPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpSdesPacket,
    RtcpSourceInfo,
    RtcpSrPacket,
    RtpPacket,
)
from pylibsrtp import Error as SrtpError

from rooms.relay.aiortc_insides import Peer
from rooms.relay.fanout import CNAME, Listener
from rooms.relay.guard import Refused, checked_offer
from rooms.relay.mixer import SAMPLE_RATE
from rooms.relay.port import Port
from rooms.relay.protocol import Answer, Offer
from rooms.relay.uplink import Uplink

log = logging.getLogger(__name__)

SDES_CNAME = 1


Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task]


class Room(Protocol):
    """What a session needs of its room: to be told of its life, and to hold on to its last task (`spawn`)."""

    spawn: Spawn

    def session_connected(self, session: "Session") -> None: ...
    def session_moved(self, session: "Session") -> None: ...
    def session_over(self, session: "Session") -> None: ...


class Session:
    """What both kinds share. `half_open` until connected; `closed` for good."""

    sends = False

    def __init__(self, offer: Offer, port: Port, room: Room) -> None:
        self.id = secrets.token_hex(16)
        self.kind = offer.kind
        self.participant = offer.participant
        self.replaces = offer.replaces
        self.half_open, self.closed = True, False
        self.began = time.monotonic()
        self.peer = Peer(port, self.sends, self)
        self._room = room
        self._deadline: asyncio.TimerHandle | None = None
        self.closing: asyncio.Task | None = None

    async def answer(self, sdp: str, max_bytes: int, deadline: float) -> Answer:
        """Raises Refused. `deadline` (seconds) covers the negotiation and the connection."""
        try:
            offer = checked_offer(sdp, self.kind, max_bytes)
            self._deadline = asyncio.get_running_loop().call_later(deadline, self._expire)
            return Answer(self.id, await self.peer.answer(offer))
        except Refused:
            self.close()
            raise
        except Exception as error:
            # aiortc's parser raises whatever comes to it; to the offerer all of that means the same.
            if self.closed:
                # The same person's newer offer came in between.
                raise Refused(409, "superseded") from error
            log.info("an offer could not be answered: %r", error)
            self.close()
            raise Refused(422, "not_sdp") from error

    def close(self) -> None:
        """Tells the room at once, and takes the connection down in the background (`closing`)."""
        if self.closed:
            return
        self.closed, self.half_open = True, False
        if self._deadline is not None:
            self._deadline.cancel()
        self._room.session_over(self)
        self.closing = self._room.spawn(self._take_down())

    def peer_connected(self) -> None:
        if self.half_open:
            self.half_open = False
            self._deadline.cancel()
            self._room.session_connected(self)

    def peer_moved(self) -> None:
        if not self.half_open and not self.closed:
            self._room.session_moved(self)

    def peer_lost(self) -> None:
        self.close()

    def take_rtp(self, datagram: bytes) -> None:
        """Media from the peer; a downlink has no use for it."""

    def take_rtcp(self, datagram: bytes) -> None:
        """Reports from the peer; ICE consent tells us already whether it is alive."""

    def _expire(self) -> None:
        if self.half_open:
            log.info("a %s session was not connected in time", self.kind)
            self.close()

    async def _take_down(self) -> None:
        try:
            await self.peer.close()
        except Exception:
            log.exception("session %s did not close cleanly", self.id)


class Downlink(Session):
    """The mix towards one participant."""

    sends = True
    listener: Listener | None = None


class Microphone(Session):
    """The uplink of one speaker: authenticates packets and hands them to the jitter buffer."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.uplink = Uplink()
        self.heard_at = 0.0
        self._statistics: dict[int, StreamStatistics] = {}
        self._sender_report: tuple[int, float] | None = None

    def take_rtp(self, datagram: bytes) -> None:
        if self.closed or self.peer.inbound is None:
            return
        try:
            packet = RtpPacket.parse(self.peer.inbound.unprotect(datagram))
        except (SrtpError, ValueError, IndexError):
            return
        self.heard_at = time.monotonic()
        if packet.payload_type != self.peer.payload_type:
            return
        if packet.ssrc not in self._statistics:
            # A new source is a restarted sender; the old one's numbers mean nothing for it.
            self._statistics = {packet.ssrc: StreamStatistics(SAMPLE_RATE)}
            self.uplink.flush()
        self._statistics[packet.ssrc].add(packet)
        self.uplink.receive(packet)

    def take_rtcp(self, datagram: bytes) -> None:
        if self.closed or self.peer.inbound is None:
            return
        try:
            packets = RtcpPacket.parse(self.peer.inbound.unprotect_rtcp(datagram))
        except (SrtpError, ValueError, IndexError):
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
                jitter=seen.jitter,
                lsr=middle,
                dlsr=delay,
            )
            for ssrc, seen in self._statistics.items()
        ]
        name = RtcpSourceInfo(ssrc=self.peer.ssrc, items=[(SDES_CNAME, CNAME)])
        compound = bytes(RtcpRrPacket(ssrc=self.peer.ssrc, reports=reports)) + bytes(RtcpSdesPacket(chunks=[name]))
        try:
            self.peer.send(self.peer.outbound.protect_rtcp(compound))
        except SrtpError:
            log.info("a receiver report could not be protected")
