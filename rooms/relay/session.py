"""What a WHIP and a WHEP session share: from the offer to the answer, to connected, to closed.

Made by live_room.py, which is told when it connects and when it is over. Whatever happens inside, an offer ends in an
answer or a refusal, and a session that is not connected by its deadline is closed with everything it opened.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from rooms.relay.aiortc_insides import Peer
from rooms.relay.guard import Refused, checked_offer
from rooms.relay.port import Port
from rooms.relay.protocol import Answer, Offer

log = logging.getLogger(__name__)

SeeOff = Callable[[Callable[[], Awaitable[None]]], asyncio.Task]


class Room(Protocol):
    """What a session needs of its room: to be told of its life, and to run its last task when it is its turn."""

    see_off: SeeOff

    def session_connected(self, session: "Session") -> None: ...
    def session_moved(self, session: "Session") -> None: ...
    def session_weighed(self, session: "Session") -> None: ...
    def session_over(self, session: "Session") -> None: ...


class Session:
    """The base of Microphone and Downlink. `half_open` until connected; `closed` for good.

    `heard_at` is when (monotonic, s) the last SRTP or SRTCP packet proved authentic; `away` means that nothing has
    been heard of the peer for some seconds, and may yet be again.
    """

    sends = False

    def __init__(self, offer: Offer, port: Port, room: Room) -> None:
        self.id = secrets.token_hex(16)
        self.kind = offer.kind
        self.participant = offer.participant
        self.replaces = offer.replaces
        self.half_open, self.closed = True, False
        self.began = time.monotonic()
        self.heard_at = 0.0
        self.away = False
        self.peer = Peer(port, self.sends, self)
        self._room = room
        self._deadline: asyncio.TimerHandle | None = None
        self.closing: asyncio.Task | None = None

    async def answer(self, sdp: str, max_bytes: int, deadline: float) -> Answer:
        """Raises Refused. `deadline` (seconds) covers the negotiation and the connection."""
        try:
            offer = checked_offer(sdp, self.kind, max_bytes)
            self._deadline = asyncio.get_running_loop().call_later(deadline, self._expire)
            answer = await self.peer.answer(offer)
            if self.closed:
                # The same person's newer offer came in between, or the Space's end.
                raise Refused(409, "superseded")
            return Answer(self.id, answer)
        except Refused:
            self.close()
            raise
        except Exception as error:
            # aiortc's parser raises whatever comes to it; to the offerer all of that means the same.
            if self.closed:
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
        self.closing = self._room.see_off(self._take_down)

    def peer_connected(self) -> None:
        if self.half_open:
            self.half_open = False
            self._deadline.cancel()
            self._room.session_connected(self)

    def set_away(self, away: bool) -> None:
        if self.away != away and not self.closed:
            self.away = away
            self._room.session_weighed(self)

    def peer_moved(self) -> None:
        if not self.half_open and not self.closed:
            self._room.session_moved(self)

    def peer_lost(self) -> None:
        self.close()

    def take_rtp(self, datagram: bytes) -> None:
        """Media from the peer; a downlink has no use for it."""

    def take_rtcp(self, datagram: bytes) -> None:
        """Reports from the peer; liveness.py hears from it in other ways."""

    def _expire(self) -> None:
        if self.half_open:
            log.info("a %s session was not connected in time", self.kind)
            self.close()

    async def _take_down(self) -> None:
        try:
            await self.peer.close()
        except Exception:
            log.exception("session %s did not close cleanly", self.id)
