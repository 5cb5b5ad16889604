"""A whole house in one process: people, their open windows, the relay, and beat, on a clock that a test moves.

`attempt` lets something happen and then asks of everything whether it still holds; see promises.py and windows.py.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from accounts import groups
from accounts.models import Block, Follow
from accounts.window import PULSE_SECONDS
from recordings.models import Copy, Replay
from rooms import publish, selectors, tasks
from rooms.identity import Person
from rooms.models import Participant, Space
from rooms.refusals import Refused
from rooms.relay import client
from rooms.services import attendance
from tests.support import cast, promises
from tests.support.windows import ForYou, Relay, Window

ACCOUNTS, GUESTS = 16, 4
# Whose windows are held against a reload after every act; the last person has no cookie.
WATCHERS = [0, 1, 2, 3, 4, ACCOUNTS, ACCOUNTS + GUESTS]
BEAT = 10


class House:
    def __init__(self, monkeypatch) -> None:
        self.clock = None
        self.accounts = [cast.user(f"person{n}") for n in range(ACCOUNTS)]
        # The first guest and the sixth account share a browser.
        devices = [_digest(n) for n in range(ACCOUNTS + GUESTS)]
        devices[ACCOUNTS] = devices[5]
        self.people = [Person(user=user, device=devices[n]) for n, user in enumerate(self.accounts)]
        self.people += [Person(guest=device, device=device) for device in devices[ACCOUNTS:]] + [Person()]
        self.relay = Relay(monkeypatch)
        self.outcomes: Counter = Counter()
        self._deliver = publish._deliver
        monkeypatch.setattr(publish, "_deliver", self.deliver)
        monkeypatch.setattr(groups, "send", self.send)
        monkeypatch.setattr(client, "apply", self.relay.apply)
        self.forget()

    def forget(self) -> None:
        """An empty house, with the same people."""
        self.windows: dict[int, Window] = {}
        self.letters: list[ForYou] = []
        self.connected: set[str] = set()
        self.links: dict[int, set[str]] = {}
        self.events: list = []
        self.sent = 0
        self.broken: list[Exception] = []
        self.relay.rooms.clear()
        self.relay.microphones.clear()
        with transaction.atomic():
            for model in [Replay, Copy, *promises.OF_A_SPACE, Space, Follow, Block]:
                model.objects.all()._raw_delete(connection.alias)
        self.letters = [ForYou(user) for user in self.accounts[1:5]]
        self.rows = promises.Rows(timezone.now())

    # --- What stands in for sockets ---

    def deliver(self, event) -> None:
        """Whatever fails after a commit is only logged; here it counts."""
        self.events.append(event)
        try:
            self._deliver(event)
        except Exception as error:
            self.broken.append(error)

    def send(self, messages: list[tuple[str, dict]]) -> None:
        for group, message in messages:
            self.sent += 1
            for window in [*self.windows.values(), *self.letters]:
                if group in window.groups:
                    window.take(message)

    def visit(self, n: int, space: Space) -> None:
        """Opens the page, in place of the one that was open."""
        if n in WATCHERS:
            self.windows[n] = Window(space, self.person(n))

    # --- People ---

    def person(self, n: int) -> Person:
        held = frozenset(self.links.get(n, ()))
        known = self.people[n]
        return Person(user=known.user, guest=known.guest, device=known.device, links=held)

    def number(self, stay: Participant) -> int:
        """Which of `people` somebody inside is."""
        same = (p.user == stay.user if stay.user else p.guest == stay.guest for p in self.people)
        return list(same).index(True)

    # --- Acts and time ---

    def attempt(self, name: str, act: Callable[[], object], goes_in: int | None = None) -> object:
        """What the act returns, True for nothing; None if it was refused, and then nothing may have changed.

        `goes_in` numbers somebody whose browser shows the Space next, as they come into it with this act.
        """
        self.clock.shift(timedelta(milliseconds=1))
        self.events, self.sent, refusal = [], 0, None
        try:
            result = act()
            if goes_in is not None and result is not None:
                self._arrive(goes_in, result)
        except Refused as refused:
            result, refusal = None, refused
        self.outcomes[name, refusal.code if refusal else "done"] += 1
        self.inspect(refusal)
        return None if refusal else (True if result is None else result)

    def inspect(self, refusal: Refused | None = None) -> None:
        for error in self.broken:
            raise AssertionError("something failed after the commit") from error
        before, self.rows = self.rows, promises.Rows(timezone.now())
        if refusal is not None:
            assert not self.sent and not self.events, f"refused with {refusal.code}, and published {self.events}"
            assert self.rows.same_as(before), f"refused with {refusal.code}, and changed something"
            return
        promises.check_growth(before, self.rows)
        self._check_events(before)
        promises.check(self.rows)
        for space in Space.objects.all():
            self.relay.check(space, self.rows.open_seats(self.rows.spaces[space.pk]))
            granted = {s.participant for s in selectors.space_state(space.pk).seats}
            inside = {p.id for p in self.rows.people[space.pk] if p.left_at is None}
            assert granted == {str(pk) for pk in inside & self.rows.seats.keys()}
        if self.sent:
            cache: dict = {}
            for window in [*self.windows.values(), *self.letters]:
                window.check(cache)

    def wait(self, seconds: int) -> None:
        """Time passes, with beat's tasks every ten seconds; after a long pause only once it is over."""
        whole = seconds
        while seconds > 0:
            step = min(seconds, BEAT) if seconds <= 400 else seconds - 2 * BEAT
            seconds -= step
            self.clock.shift(timedelta(seconds=step))
            self.beat()
        if whole >= PULSE_SECONDS:
            for letters in self.letters:
                letters.look()

    def beat(self) -> None:
        for pk in Space.objects.filter(state="live").values_list("pk", flat=True):
            client.touch_presence(str(pk), self._seen(pk))
        tasks.sweep_absent()
        tasks.tick()
        tasks.remind()

    def lose(self, people: Iterable[Participant]) -> None:
        """Their machines crash: no socket, no sound."""
        gone = {str(person.pk) for person in people}
        self.connected -= gone
        attendance.note_connections(lost=gone, back=[])

    def find(self, people: Iterable[Participant]) -> None:
        back = {str(person.pk) for person in people if person.is_present}
        self.connected |= back
        attendance.note_connections(lost=[], back=back)

    def _arrive(self, n: int, where: Participant | Space) -> None:
        space = where if isinstance(where, Space) else where.space
        stay = selectors.participation(self.person(n), space.slug)
        self.connected.add(str(stay.pk))
        self.visit(n, space)

    def _seen(self, space_id) -> list[str]:
        inside = Participant.objects.filter(space=space_id, left_at__isnull=True).values_list("pk", flat=True)
        return [str(pk) for pk in inside if str(pk) in self.connected]

    def _check_events(self, before: promises.Rows) -> None:
        """One event per version, in order."""
        for pk, version in self.rows.versions().items():
            told = [event.version for event in self.events if event.space == pk]
            since = before.spaces[pk].version + 1 if pk in before.spaces else 1
            assert told == list(range(since, version + 1)), f"published {told}, from {since} to {version}"
        if not any(event.access for event in self.events):
            return
        here = [p for people in self.rows.people.values() for p in people if p.left_at is None]
        for person in map(self.person, WATCHERS[:-1]):
            mine = [p.id for p in here if (p.user_id == person.user.pk if person.user else p.guest == person.guest)]
            found = selectors.current_participation(person)
            assert [found.pk] == mine if found else not mine


def _digest(n: int) -> str:
    return hashlib.sha256(f"browser {n}".encode()).hexdigest()
