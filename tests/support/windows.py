"""Open pages and relays in this process: what publish sends reaches them at once, in the order it was sent.

For tests that make thousands of steps. Windows do what consumers/live.py does, relays what a worker does when it is
told of a Space; both are held against the rows by `Audience.check`.
"""

from collections.abc import Iterable

from accounts.audiences import account, sockets
from rooms import audiences, fragments, pulse, selectors
from rooms.identity import Person
from rooms.models import Participant, Seat, Space
from rooms.relay import session as relay_session
from rooms.relay.guard import Refused
from rooms.relay.live_room import LiveRoom
from rooms.relay.liveness import Watch
from rooms.relay.microphone import Microphone
from rooms.relay.protocol import Offer, SpaceState
from tests.support.html import Page, by_id, settled


class Window:
    """One page of one Space, open in somebody's browser; `closed` says why its socket is no more."""

    def __init__(self, space: Space, person: Person) -> None:
        self.space, self.person = space, person
        self.page = Page()
        self.groups: set[str] = set()
        self.shown = pulse.Versions()
        self.closed = ""
        self.stay = None
        self.enter()

    def enter(self) -> None:
        """Joins the groups of this visitor as they are now, then shows a snapshot."""
        self.groups = set()
        try:
            space = selectors.space(self.space.slug, self.person)
        except Space.DoesNotExist:
            self.closed = "not found"
            return
        self.stay = selectors.participation(self.person, space.slug)
        self.groups = self._groups(space, self.stay)
        barred = selectors.barred(space, self.person, self.stay)
        version, html = fragments.snapshot(space.pk, self.stay, barred=barred)
        self.shown = pulse.Versions(version, version)
        self.page.apply(html)
        if self.stay is None or not self.stay.is_present:
            self.page.elements.pop("dock-body", None)
        if barred:
            self.closed, self.groups = "removed", set()

    def take(self, message: dict) -> None:
        if message["type"] == "access.changed":
            self.enter()
            return
        self.shown = pulse.Versions(*map(max, self.shown, message["shown"]))
        self.page.apply(message["html"])
        if 'data-inside="0"' in self.page.elements.get("dock-body", ""):
            # live.js asks for page and dock as they are now, and there is no such dock outside.
            self.enter()

    def check(self, cache: dict) -> None:
        """Live equals reload, and nobody has missed news that would make their socket start anew.

        `cache` keeps what a snapshot shows to people of one role, for the others.
        """
        try:
            space = selectors.space(self.space.slug, self.person)
        except Space.DoesNotExist:
            assert self.closed, f"{self.person} still looks at a Space that does not exist for them"
            return
        stay = selectors.participation(self.person, space.slug)
        if stay is not None and stay.removed_at is not None:
            assert self.closed, f"{self.person} was removed and still looks on"
        if selectors.barred(space, self.person, stay) == "blocked":
            assert self.closed, f"{self.person} is blocked and still looks on"
        if self.closed:
            return
        assert self.groups == self._groups(space, stay), f"{self.person} listens to {self.groups}"
        inside = stay is not None and stay.is_present
        shown = settled(self.page.elements)
        for key, element in _fresh(space, stay if inside else None, cache).items():
            assert shown.get(key) == element, f"{self.person} sees an old {key}"
        newest = pulse.newest(space.pk, stay.pk if inside else None)
        assert not newest.exceed(self.shown), f"{self.person} has missed {newest}, shown was {self.shown}"

    def _groups(self, space: Space, stay: Participant | None) -> set[str]:
        own = {sockets(self.person.user.pk)} if self.person.user else set()
        return audiences.for_visitor(space.pk, stay) | own


class ForYou:
    """What waits for an account, on whatever page of theirs; as consumers/account.py keeps it."""

    def __init__(self, user) -> None:
        self.user, self.groups = user, {account(user.pk), sockets(user.pk)}
        self.look()

    def look(self) -> None:
        self.shown = self._now()

    def take(self, message: dict) -> None:
        self.look()

    def check(self, cache: dict) -> None:
        for key, element in self._now().items():
            assert self.shown[key] == element, f"{self.user} sees an old {key}"

    def _now(self) -> dict[str, str]:
        return settled(by_id(fragments.for_account(self.user)))


def _fresh(space: Space, stay: Participant | None, cache: dict) -> dict[str, str]:
    """By id, as somebody inside sees it after a reload, or somebody outside; all but the dock depends on the role."""
    seen_as = (space.pk, stay and stay.role)
    if seen_as not in cache:
        cache[seen_as] = settled(by_id(fragments.snapshot(space.pk, stay).html))
    return cache[seen_as] | (settled(by_id(fragments.dock_body(stay))) if stay else {})


class Wire:
    """In the place of a Peer: a connection over which nothing comes."""

    heard_at = 0.0
    can_nack = False

    def __init__(self, *args) -> None:
        pass

    async def close(self) -> None:
        pass


class Relay:
    """Real rooms with real gates. Whoever is granted a seat opens a microphone, and never closes it themselves."""

    def __init__(self, monkeypatch) -> None:
        monkeypatch.setattr(relay_session, "Peer", Wire)
        self.rooms: dict[str, LiveRoom] = {}
        self.microphones: list[Microphone] = []

    def apply(self, state: SpaceState, timeout: float = 0) -> bool:
        if state.space not in self.rooms:
            watch = Watch(lambda lost, back: None, closes_after=30)
            self.rooms[state.space] = LiveRoom(state, None, _not_now, watch, lambda: 20)
        room = self.rooms[state.space]
        room.apply(state)
        for seat in state.seats:
            if seat.participant not in room.microphones:
                self._open_microphone(room, seat.participant)
        return True

    def check(self, space: Space, seats: Iterable[Seat]) -> None:
        """`seats` are the un-muted ones of people inside: their gates are open, and no others."""
        if str(space.pk) not in self.rooms:
            return
        open_gates = {m.participant for m in self._of(space) if m.uplink.open}
        heard = {str(seat.participant_id) for seat in seats} if space.is_live else set()
        assert open_gates <= heard, f"forwarded without the right to speak: {open_gates - heard}"
        assert heard <= open_gates, f"un-muted and not forwarded: {heard - open_gates}"

    def _of(self, space: Space) -> list[Microphone]:
        return [m for m in self.microphones if m._room.space == str(space.pk)]

    def _open_microphone(self, room: LiveRoom, participant: str) -> None:
        offer = Offer("whip", participant, "", room.state)
        try:
            room._check(offer)
        except Refused:
            return
        microphone = Microphone(offer, None, room)
        self.microphones.append(microphone)
        room.sessions[microphone.id] = microphone
        microphone.half_open = False
        room.session_connected(microphone)


def _not_now(take_down) -> None:
    """Nothing is connected, so nothing has to be taken down."""
