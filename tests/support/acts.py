"""Acts of a random play in several Spaces, and the picking of those who act: Spaces, coming and going, time.

The acts inside a Space and the tests themselves are in tests/rooms/test_machine.py; what is held against what after
every act stands in house.py beside this.
"""

from datetime import UTC, datetime, timedelta

import time_machine
from django.test import override_settings
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from rooms import selectors
from rooms.models import Participant, Space
from rooms.services import attendance, editing, invitations, schedule, spaces, stage, turns
from tests.support.house import ACCOUNTS, GUESTS, WATCHERS, House

BEGIN = datetime(2031, 5, 4, 18, tzinfo=UTC)
MODES = st.sampled_from(Space.SpeakPermission.values)
ACCOUNT = st.integers(0, ACCOUNTS - 1)
ANYBODY = st.integers(0, ACCOUNTS + GUESTS - 1)
# Which of several; most often of those with whom the act makes sense.
CHOICE = st.integers(0, 39)
# Most of it happens in one Space.
MOST_SPACES = 4
PLACE = st.sampled_from([0, 0, 0, 0, 1, 2])
MINUTES = st.sampled_from([-10, 0, 5, 29, 31, 300, 14 * 24 * 60, 15 * 24 * 60])
SECONDS = st.sampled_from([1, 5, 15, 25, 31, 65, 125, 310, 370, 1900, 7300, 90_000])


class Acts(RuleBasedStateMachine):
    house: House

    def __init__(self) -> None:
        super().__init__()
        self.traveller = time_machine.travel(BEGIN, tick=False)
        self.house.clock = self.traveller.start()
        self.house.forget()
        self.numbers = None

    @initialize(
        mode=MODES,
        most=st.sampled_from([13, 13, 5, 3]),
        crowd=st.integers(0, 15),
        cohosts=st.integers(0, 2),
        private=st.booleans(),
        turn=st.sampled_from([None, None, 20, 60]),
    )
    def a_space_with_some_people(self, mode, most, crowd, cohosts, private, turn):
        self.numbers = override_settings(MAX_SEATS=most)
        self.numbers.enable()
        self.start(0, mode, private and crowd % 3 == 0)
        space = self.space(0)
        self.house.attempt("crowd", lambda: self.come_in(space, crowd, cohosts, turn))
        for n in WATCHERS:
            self.house.visit(n, space)

    def come_in(self, space: Space, crowd: int, cohosts: int, turn: int | None) -> None:
        """As many as there are seats for take one, but for every third, and the first lead; every fifth is a guest."""
        host = Participant.objects.get(space=space)
        for n in range(1, crowd):
            self.house.clock.shift(timedelta(milliseconds=1))
            person = self.house.person(n if n % 5 else ACCOUNTS + n // 5)
            if space.is_private:
                invitations.invite(space=space, user=self.user(n), kind="listen", by=space.host)
            if space.is_private and not person.user:
                continue
            stay = attendance.join(space=space, by=person, unnamed=n % 4 == 1)
            self.house.connected.add(str(stay.pk))
            if n % 3 and person.user and not selectors.stage_full(space):
                stage.raise_hand(participant=stay, by=stay)
                stage.offer_seat(participant=stay, by=host)
                stage.take_seat(participant=stay, by=stay)
            if n <= cohosts:
                offer = invitations.invite(space=space, user=stay.user, kind="cohost", by=space.host)
                invitations.accept(invitation=offer, by=stay.user, device=person.device)
        if turn:
            turns.open_turns(space=space, seconds=turn, by=host)

    def teardown(self) -> None:
        self.traveller.stop()
        if self.numbers is not None:
            self.numbers.disable()

    # --- Whom it is about ---

    def user(self, n: int):
        return self.house.accounts[n]

    def space(self, place: int) -> Space:
        found = Space.objects.order_by("created_at", "pk")
        return found[place % len(found)]

    def planned(self, place: int) -> Space:
        """One that has not begun, if there is any."""
        return Space.objects.filter(state="scheduled").order_by("created_at").first() or self.space(place)

    def one(self, place: int, choice: int, **wanted) -> Participant | None:
        """Somebody as wanted; one time in four, or where there is nobody like that, anybody who was ever inside."""
        stays = Participant.objects.filter(space=self.space(place)).select_related("space", "user")
        stays = stays.order_by("joined_at", "pk")
        fitting = list(stays.filter(**{"left_at": None} | wanted)) if choice % 4 else []
        fitting = fitting or list(stays)
        return fitting[choice // 4 % len(fitting)] if fitting else None

    def leader(self, place: int, choice: int) -> Participant | None:
        return self.one(place, choice, role=("host", "host", "cohost")[choice % 3])

    def boss(self, space: Space, choice: int):
        """The account of somebody who leads, or of anybody."""
        stay = Participant.objects.filter(space=space, role="cohost").first() if choice % 3 == 2 else None
        return self.user(choice // 4 % ACCOUNTS) if choice % 4 == 0 else stay.user if stay else space.host

    def act(self, service, *, goes_in: int | None = None, **arguments):
        """Calls a service, if there is somebody to do it and somebody to do it to."""
        if any(value is None for value in arguments.values()):
            return None
        return self.house.attempt(service.__name__, lambda: service(**arguments), goes_in)

    # --- Spaces ---

    @rule(n=ACCOUNT, mode=MODES, private=st.booleans(), recorded=st.booleans())
    def start(self, n, mode, private, recorded=False):
        if Space.objects.count() < MOST_SPACES:
            details = {"title": "Talk", "speak_permission": mode, "is_private": private, "recording_wanted": recorded}
            self.act(spaces.start, by=self.user(n), device=self.house.person(n).device, goes_in=n, **details)

    @rule(n=ACCOUNT, mode=MODES, minutes=MINUTES, private=st.booleans())
    def plan(self, n, mode, minutes, private):
        if Space.objects.count() == MOST_SPACES:
            return
        when = timezone.now() + timedelta(minutes=minutes)
        details = {"title": "Later", "speak_permission": mode, "is_private": private, "recording_wanted": minutes == 5}
        self.act(schedule.plan, scheduled_for=when, by=self.user(n), **details)

    @rule(place=PLACE, choice=CHOICE, minutes=MINUTES)
    def move(self, place, choice, minutes):
        space, when = self.planned(place), timezone.now() + timedelta(minutes=minutes)
        self.act(schedule.move, space=space, scheduled_for=when, by=self.boss(space, choice))

    @rule(place=PLACE, choice=CHOICE)
    def cancel(self, place, choice):
        space = self.planned(place)
        self.act(schedule.cancel, space=space, by=self.boss(space, choice))

    @rule(place=PLACE, choice=CHOICE)
    def go_live(self, place, choice):
        space = self.planned(place)
        n = self.house.accounts.index(self.boss(space, choice))
        device = self.house.person(n).device
        self.act(schedule.go_live, space=space, by=self.user(n), device=device, goes_in=n)

    @rule(place=PLACE, choice=CHOICE, title=st.sampled_from(["Talk", "Another", ""]))
    def describe(self, place, choice, title):
        space = self.space(place)
        words = {"title": title, "description": "", "topics": [title] if choice % 2 else [], "language": "en"}
        self.act(spaces.describe, space=space, by=self.boss(space, choice), **words)

    @rule(place=PLACE, choice=CHOICE, mode=MODES, guests=st.booleans(), private=st.booleans())
    def change_settings(self, place, choice, mode, guests, private):
        space = self.space(place)
        changes = {"speak_permission": mode, "guests_allowed": guests, "is_private": private and choice % 3 == 1}
        self.act(spaces.change_settings, space=space, by=self.boss(space, choice), **changes)

    @rule(place=PLACE, choice=CHOICE, title=st.sampled_from(["Talk", ""]), guests=st.booleans(), minutes=MINUTES)
    def edit(self, place, choice, title, guests, minutes):
        space = self.space(place)
        words = {"title": title, "description": "All of it", "topics": [], "language": "de"}
        changes = {"guests_allowed": guests, "speak_permission": space.speak_permission}
        when = timezone.now() + timedelta(minutes=minutes)
        by = self.boss(space, choice)
        self.act(editing.edit, space=space, words=words, settings=changes, scheduled_for=when, by=by)

    @rule(place=PLACE, choice=CHOICE)
    def end(self, place, choice):
        if choice % 4 == 1:
            self.act(spaces.end, space=self.space(place), by=self.leader(place, choice // 4))

    @rule(place=PLACE, choice=CHOICE)
    def end_for_violation(self, place, choice):
        by = self.user(choice % ACCOUNTS)
        by.is_staff = choice > 38
        self.act(spaces.end_for_violation, space=self.space(place), reason="abuse", by=by)
        by.is_staff = False

    # --- Coming and going ---

    @rule(place=PLACE, n=ANYBODY, unnamed=st.booleans())
    def join(self, place, n, unnamed):
        self.act(attendance.join, space=self.space(place), by=self.house.person(n), unnamed=unnamed, goes_in=n)

    @rule(place=PLACE, choice=CHOICE)
    def leave(self, place, choice):
        stay = self.one(place, choice)
        self.act(attendance.leave, participant=stay, by=stay)

    @rule(place=PLACE, choice=CHOICE)
    def walk_out(self, place, choice):
        self.act(attendance.walk_out, participant=self.one(place, choice))

    @rule(place=PLACE, choices=st.lists(CHOICE, min_size=1, max_size=6))
    def crash(self, place, choices):
        people = [stay for stay in (self.one(place, choice) for choice in choices) if stay]
        self.house.attempt("crash", lambda: self.house.lose(people))

    @rule(place=PLACE, choices=st.lists(CHOICE, min_size=1, max_size=6))
    def reconnect(self, place, choices):
        people = [stay for stay in (self.one(place, choice, away_since__isnull=False) for choice in choices) if stay]
        self.house.attempt("reconnect", lambda: self.house.find(people))

    @rule(place=PLACE, n=ANYBODY)
    def reload(self, place, n):
        self.house.visit(n, self.space(place))

    @rule(seconds=SECONDS)
    def time_passes(self, seconds):
        self.house.attempt("time passes", lambda: self.house.wait(seconds))
