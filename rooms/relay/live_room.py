"""One Space in this relay: which sound passes, who hears it, and which of a person's sessions counts.

Owned by worker.py. Seats come only from SpaceState, read from committed rows; a microphone without an un-muted seat
is shut. Nothing here talks to Redis or the database.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from rooms.relay.announcement import Announcement
from rooms.relay.capture import Capture
from rooms.relay.downlink import SHORT_PTIME, Downlink
from rooms.relay.fanout import Fanout, Listener
from rooms.relay.guard import Refused
from rooms.relay.liveness import Watch
from rooms.relay.microphone import Microphone
from rooms.relay.mixer import Mixer
from rooms.relay.opus import FRAME_SAMPLES, SAMPLE_RATE
from rooms.relay.port import Port
from rooms.relay.protocol import Answer, Offer, Seat, SpaceState
from rooms.relay.session import SeeOff, Session

log = logging.getLogger(__name__)

# A microphone heard this recently (seconds) is in use, and a second one does not push it aside.
UPLINK_IN_USE_SECONDS = 2.0
# Past sessions remembered per Space, so that a page finds out what became of its own.
FATES_MAX = 1000
REPORT_PARTS = 5
TICK_MS = 1000 * FRAME_SAMPLES // SAMPLE_RATE


class LiveRoom:
    """Sessions, gates and mix of one Space.

    `sessions` holds all by id, `half_open` those of them that are not connected yet; `downlinks` and `microphones` each
    person's one connected session.
    `audience_ptime` says how long (ms) the packets of a listener are who comes now.
    """

    def __init__(
        self,
        state: SpaceState,
        port: Port,
        see_off: SeeOff,
        watch: Watch,
        audience_ptime: Callable[[], int],
        capture: Capture | None = None,
    ) -> None:
        self.space = state.space
        self.state = state
        self.sessions: dict[str, Session] = {}
        self.half_open: dict[str, Session] = {}
        self._port, self._watch = port, watch
        self.see_off = see_off
        self._audience_ptime, self._capture = audience_ptime, capture
        self._seats: dict[str, Seat] = {}
        self._fanout = Fanout(port)
        self._mixer = Mixer()
        self._announcement = Announcement(state.recording)
        self._clock = 0
        self.downlinks: dict[str, Downlink] = {}
        self.microphones: dict[str, Microphone] = {}
        # What became of a session: "superseded" by another page, or the session that renewed it.
        self._fates: OrderedDict[str, str] = OrderedDict()
        self._obey()

    @property
    def speakers(self) -> int:
        return len(self.microphones)

    @property
    def listeners(self) -> int:
        return len(self.downlinks)

    @property
    def is_captured(self) -> bool:
        """Somebody is seated whose sound is to be kept, whether or not their microphone is open."""
        return any(seat.capture for seat in self._seats.values())

    @property
    def participants(self) -> set[str]:
        return {session.participant for session in self.sessions.values()}

    @property
    def present(self) -> set[str]:
        """Participants with a connected session that is heard of."""
        current = (self.downlinks, self.microphones)
        return {name for sessions in current for name, session in sessions.items() if not session.away}

    def apply(self, state: SpaceState) -> None:
        """Puts a state in force; one older than what is known changes nothing."""
        if state.version < self.state.version or state == self.state:
            return
        self.state = state
        self._announcement.follow(state.recording)
        self._obey()

    async def admit(self, offer: Offer, max_bytes: int, deadline: float) -> Answer:
        """Answers an offer. Raises Refused: 403 not_seated, 404 no_session, 409, 410 ended, 413, 422."""
        self._check(offer)
        for session in list(self.half_open.values()):
            # One attempt per person and direction: the earlier one is not going to be used.
            if (session.participant, session.kind) == (offer.participant, offer.kind):
                session.close()
        if offer.kind == "whip":
            session = Microphone(offer, self._port, self)
        else:
            # Long packets are for those who only listen: in a conversation 40 ms count.
            seated = offer.participant in self._seats
            session = Downlink(offer, self._port, self, ptime=SHORT_PTIME if seated else self._audience_ptime())
        self.sessions[session.id] = self.half_open[session.id] = session
        return await session.answer(offer.sdp, max_bytes, deadline)

    def hang_up(self, participant: str) -> None:
        """Ends whatever this participant hears and says, now and under way; they may come again."""
        for session in list(self.sessions.values()):
            if session.participant == participant:
                session.close()

    def close(self) -> None:
        for session in list(self.sessions.values()):
            session.close()

    def tick(self, frames: int = 1) -> None:
        """Mixes and sends one frame; `frames` says how many 20 ms have passed since the last."""
        self._clock += FRAME_SAMPLES * frames
        if not self.downlinks:
            for microphone in self.microphones.values():
                microphone.uplink.flush()
            self._mixer.flush()
            self._announcement.skip()
            return
        uplinks = {name: microphone.uplink for name, microphone in self.microphones.items() if microphone.uplink.open}
        chosen = self._mixer.choose({name: uplink.due() for name, uplink in uplinks.items()})
        samples = {name: uplink.take(name in chosen) for name, uplink in uplinks.items()}
        csrcs = {name: self._seats[name].csrc for name in samples}
        mix, without = self._mixer.tick(samples, csrcs, self.downlinks.keys(), self._announcement.take())
        own = {self.downlinks[name].listener: media for name, media in without.items()}
        for failed in self._fanout.send(mix, own, self._clock):
            self._close_listener(failed)

    def take_talked(self) -> dict[str, int]:
        """Participant -> for how long (ms) they have talked since the last call, while somebody listened."""
        return {name: ticks * TICK_MS for name, ticks in self._mixer.take_talked().items()}

    def report(self, second: int) -> None:
        """RTCP, from one timer for all: a fifth of the listeners each second."""
        self._fanout.send_reports(self._clock, second % REPORT_PARTS, REPORT_PARTS)
        for microphone in self.microphones.values():
            microphone.send_report()

    def session_connected(self, session: Session) -> None:
        """The newest connection of a person counts; the older one is closed."""
        self.half_open.pop(session.id, None)
        current = self.microphones if isinstance(session, Microphone) else self.downlinks
        older = current.get(session.participant)
        current[session.participant] = session
        if older is not None:
            self._remember(older.id, session.id if session.replaces == older.id else "superseded")
            older.close()
        if isinstance(session, Microphone):
            self._set_gate(session)
        else:
            session.join(self._fanout)
        self._watch.follow(session)
        self._watch.note(session.participant, here=True)

    def session_moved(self, session: Session) -> None:
        if isinstance(session, Downlink):
            self._fanout.readdress(session.listener)

    def session_weighed(self, session: Session) -> None:
        """A session fell silent or was heard again: its participant is here while any of theirs is heard."""
        current = (self.downlinks.get(session.participant), self.microphones.get(session.participant))
        here = any(each is not None and not each.away for each in current)
        if here != session.away:
            self._watch.note(session.participant, here)

    def session_over(self, session: Session) -> None:
        self.sessions.pop(session.id, None)
        self.half_open.pop(session.id, None)
        if isinstance(session, Microphone):
            session.uplink.set_open(False)
            if self.microphones.get(session.participant) is session:
                del self.microphones[session.participant]
                self._mixer.forget(session.participant)
        else:
            if session.listener is not None:
                self._fanout.remove(session.listener)
            if self.downlinks.get(session.participant) is session:
                del self.downlinks[session.participant]
        connected = session.participant in self.downlinks or session.participant in self.microphones
        if connected and session.participant not in self.present:
            # The other one of theirs fell silent before, and this one alone was heard.
            self._watch.note(session.participant, here=False)

    def _check(self, offer: Offer) -> None:
        if not self.state.live:
            raise Refused(410, "ended")
        if offer.participant in self.state.gone:
            raise Refused(404, "no_session")
        if offer.kind == "whep":
            if self._fate(offer.replaces) == "superseded":
                raise Refused(409, "superseded")
            return
        if offer.participant not in self._seats:
            raise Refused(403, "not_seated")
        current = self.microphones.get(offer.participant)
        if current is not None and current.id != offer.replaces:
            if time.monotonic() - current.heard_at < UPLINK_IN_USE_SECONDS:
                raise Refused(409, "uplink_elsewhere")

    def _obey(self) -> None:
        """Makes gates and sessions follow `self.state`."""
        self._seats = {seat.participant: seat for seat in self.state.seats} if self.state.live else {}
        gone = set(self.state.gone)
        for session in list(self.sessions.values()):
            unseated = isinstance(session, Microphone) and session.participant not in self._seats
            if not self.state.live or session.participant in gone or unseated:
                session.close()
        self._mixer.retain(self._seats.keys())
        for microphone in self.microphones.values():
            self._set_gate(microphone)

    def _set_gate(self, microphone: Microphone) -> None:
        seat, uplink = self._seats.get(microphone.participant), microphone.uplink
        uplink.set_open(seat is not None and not seat.muted)
        if not uplink.open:
            self._mixer.forget(microphone.participant)
        if self._capture is not None:
            captured = uplink.open and seat.capture
            if captured != uplink.is_tapped:
                uplink.tap(self._capture.tap(self.space, microphone.participant) if captured else None)

    def _close_listener(self, listener: Listener) -> None:
        for downlink in list(self.downlinks.values()):
            if downlink.listener is listener:
                log.warning("a listener's packets cannot be protected any more; their session is closed")
                downlink.close()

    def _fate(self, session: str) -> str:
        while session in self._fates:
            session = self._fates[session]
        return session

    def _remember(self, session: str, fate: str) -> None:
        self._fates[session] = fate
        if len(self._fates) > FATES_MAX:
            self._fates.popitem(last=False)
