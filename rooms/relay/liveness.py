"""Who is still there: looks at sessions when their silence may begin to mean something, and tells the web side.

Driven by worker.py's clock. A sign of life is a datagram that authenticates: a STUN request, the answer to one of our
own, SRTP or SRTCP. It replaces ICE's consent task per peer (RFC 7675 allows 30 s; people should not wait that long).
"""

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable, Collection, Iterable

from rooms.relay.session import Session

log = logging.getLogger(__name__)

# Seconds without a sign of life. Chromium and Safari send their own every 2.5 s (libwebrtc, p2p_constants).
# With 30 % loss both ways, all fifteen probes go unanswered once in some hours.
PROBE_AFTER, URGENT_AFTER, AWAY_AFTER = 2.7, 2.9, 4.0
# Seconds between two probes; the first pause is longer than most round trips.
PROBE_EVERY, PROBE_URGENTLY_EVERY = 0.25, 0.075
# Sessions looked at in one media tick at most, so that many at once are no pause in sound.
LOOKS_MAX = 100
# A pause of our own (a stopped process, a suspended machine) says nothing about anybody.
PAUSE_SECONDS = 0.5
TELL_EVERY = 0.2
TELL_AGAIN_AFTER = 1.0

TellAttendance = Callable[[Collection[str], Collection[str]], None]


class Watch:
    """`tell(lost, back)` gets ids of participants; it is called in a thread, may block, and is asked again if it fails.

    `closes_after` is in seconds: a session unheard for so long is closed.
    """

    def __init__(self, tell: TellAttendance, closes_after: float) -> None:
        self._tell, self._closes_after = tell, closes_after
        # When to look at whom next; the number settles ties.
        self._due: list[tuple[float, int, Session]] = []
        self._numbers = itertools.count()
        self._looked_at = self._present_at = 0.0
        self._news: dict[str, bool] = {}
        self._some = asyncio.Event()

    def follow(self, session: Session) -> None:
        """From now on, until it is closed."""
        self._look_again(session, 0.0)

    def look(self, now: float) -> None:
        """Looks at those whose time has come; `now` is monotonic (s)."""
        if now - self._looked_at > PAUSE_SECONDS:
            self._present_at = now
        self._looked_at = now
        for _ in range(LOOKS_MAX):
            if not self._due or self._due[0][0] > now:
                return
            session = heapq.heappop(self._due)[2]
            if session.closed:
                continue
            heard_at = max(session.heard_at, session.peer.heard_at, self._present_at)
            if now - heard_at >= PROBE_AFTER:
                self._ask(session, now - heard_at, now)
            else:
                session.set_away(False)
                self._look_again(session, heard_at + PROBE_AFTER)

    def note(self, participant: str, here: bool) -> None:
        """What to tell of a participant; the latest word counts."""
        self._news[participant] = here
        self._some.set()

    def drop_news(self, participants: Iterable[str]) -> None:
        """Another relay tells of them from now on, and an older word must not come after its."""
        for participant in participants:
            self._news.pop(participant, None)

    async def tell(self) -> None:
        """Tells what there is, many at a time, until it is cancelled."""
        while True:
            await self._some.wait()
            await asyncio.sleep(TELL_EVERY)
            news, self._news = self._news, {}
            self._some.clear()
            lost = [participant for participant, here in news.items() if not here]
            back = [participant for participant, here in news.items() if here]
            try:
                await asyncio.to_thread(self._tell, lost, back)
            except Exception as error:
                log.warning("attendance of %d people could not be told: %r", len(news), error)
                self._news = news | self._news
                self._some.set()
                await asyncio.sleep(TELL_AGAIN_AFTER)

    def _look_again(self, session: Session, when: float) -> None:
        heapq.heappush(self._due, (when, next(self._numbers), session))

    def _ask(self, session: Session, silent: float, now: float) -> None:
        if silent >= self._closes_after:
            log.info("a %s session has not been heard of for %.0f s", session.kind, silent)
            session.close()
            return
        if silent >= AWAY_AFTER:
            session.set_away(True)
        session.peer.probe()
        urgent = URGENT_AFTER <= silent < AWAY_AFTER
        pause = PROBE_URGENTLY_EVERY if urgent else PROBE_EVERY
        self._look_again(session, now + pause)
