"""A WHEP session: the mix towards one participant, and their browser's word on how it arrives.

Made by live_room.py, which has its listener among those the fan-out sends to.
"""

import re
import time
from collections.abc import Callable

from pylibsrtp import Error as SrtpError

from rooms.relay import feedback
from rooms.relay.fanout import LONG_PTIME, Fanout, Listener
from rooms.relay.feedback import Reception
from rooms.relay.protocol import Answer
from rooms.relay.session import Session

SHORT_PTIME = 20
_MAXPTIME = re.compile(r"^a=maxptime:(\d{1,5})\s*$", re.MULTILINE)


class AudiencePtime:
    """How long (ms) packets are for a listener who comes now: `asked` is "20", "60" or "auto".

    "auto" means 60 while the relay's `busy` share of time is over `above`: long packets cost it a third.
    """

    def __init__(self, asked: str, above: float, busy: Callable[[], float]) -> None:
        self._asked, self._above, self._busy = asked, above, busy

    def __call__(self) -> int:
        if self._asked != "auto":
            return int(self._asked)
        return LONG_PTIME if self._busy() > self._above else SHORT_PTIME


class Downlink(Session):
    """`listener` is set once connected; `ptime` (milliseconds) holds for the whole connection.

    `reception` is the browser's latest report; `resent` counts packets sent again because it missed them.
    """

    sends = True
    listener: Listener | None = None
    reception: Reception | None = None

    def __init__(self, *args, ptime: int = SHORT_PTIME) -> None:
        super().__init__(*args)
        self.ptime = ptime
        self.resent = 0
        self._fanout: Fanout | None = None

    async def answer(self, sdp: str, max_bytes: int, deadline: float) -> Answer:
        """As Session.answer; names the packets' length where it is not the usual one (RFC 8866 section 6.4)."""
        longest = _MAXPTIME.search(sdp)
        if longest is not None and int(longest[1]) < self.ptime:
            self.ptime = SHORT_PTIME
        answer = await super().answer(sdp, max_bytes, deadline)
        if self.ptime == SHORT_PTIME:
            return answer
        return Answer(answer.session, f"{answer.sdp}a=ptime:{LONG_PTIME}\r\n")

    def join(self, fanout: Fanout) -> None:
        """Starts to be sent to."""
        self.listener, self._fanout = Listener(self.peer, self.ptime), fanout
        fanout.add(self.listener)

    def take_rtcp(self, datagram: bytes) -> None:
        if self.closed or self.listener is None:
            return
        try:
            compound = self.peer.inbound.unprotect_rtcp(datagram)
        except (SrtpError, ValueError):
            return
        self.heard_at = time.monotonic()
        reception, missed = feedback.parse(compound, self.peer.ssrc)
        self.reception = reception or self.reception
        if missed:
            self.resent += self._fanout.resend(self.listener, missed)
