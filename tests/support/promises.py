"""What holds in rooms after every act, whatever it was: asked of the rows, not of the code that wrote them."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace as Row

from django.conf import settings

from accounts.models import Block, Follow
from rooms.models import (
    Consent,
    Invitation,
    InviteLink,
    Notice,
    Participant,
    RecordingPeriod,
    Reminder,
    Seat,
    Space,
    Topic,
)

# Of what no version counts: mails follow the rows, and nobody is shown a browser.
UNCOUNTED = {"mailed_at", "start_told_at", "talk_ms", "device"}
OF_A_SPACE = [Consent, RecordingPeriod, Participant, Seat, Topic, Invitation, InviteLink, Reminder, Notice]
# The sweep that looks after hosts who are gone comes so often (seconds).
SWEEP = timedelta(seconds=10)


class Rows:
    """Everything, as committed."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.spaces = {row["id"]: Row(**row) for row in Space.objects.values()}
        self.follows = set(Follow.objects.values_list("follower_id", "followed_id"))
        self.blocks = set(Block.objects.values_list("blocker_id", "blocked_id"))
        self.facts: dict = {pk: {Space: [_facts(vars(space))]} for pk, space in self.spaces.items()}
        found = {model: list(model.objects.order_by("pk").values()) for model in OF_A_SPACE}
        for model, rows in found.items():
            for row in rows:
                self.facts[row["space_id"]].setdefault(model, []).append(_facts(row))
        self.people = _by_space(found[Participant])
        self.periods = _by_space(found[RecordingPeriod])
        self.consents = _by_space(sorted(found[Consent], key=lambda row: (row["at"], row["id"])))
        self.invitations = _by_space(found[Invitation])
        self.seats = {row["participant_id"]: Row(**row) for row in found[Seat]}

    def versions(self) -> dict:
        return {pk: space.version for pk, space in self.spaces.items()}

    def same_as(self, other: "Rows") -> bool:
        return self._all() == other._all()

    def _all(self) -> tuple:
        return self.facts, self.versions(), self.follows, self.blocks

    def open_invitations(self, space: Row) -> list[Row]:
        """Unanswered, or accepted and not come into force."""
        mine = self.invitations[space.id]
        return [i for i in mine if i.state == "pending" or (i.state == "accepted" and i.used_at is None)]

    def open_seats(self, space: Row) -> list[Row]:
        """Un-muted, of people inside."""
        inside = {p.id for p in self.people[space.id] if p.left_at is None}
        return [s for s in self.seats.values() if s.participant_id in inside and not s.muted]


def check_growth(before: Rows, after: Rows) -> None:
    """A version counts every change of its Space, and nothing else; it never falls."""
    assert before.spaces.keys() <= after.spaces.keys()
    for pk, space in before.spaces.items():
        now = after.spaces[pk]
        assert now.version >= space.version, "a version fell"
        if now.version == space.version:
            assert after.facts[pk] == before.facts[pk], f"changed without a version: {_changed(before, after, pk)}"
        else:
            assert after.facts[pk] != before.facts[pk], "a version grew for nothing"


def check(rows: Rows) -> None:
    present: Counter = Counter()
    hosts: Counter = Counter()
    for space in rows.spaces.values():
        people = rows.people[space.id]
        for person in people:
            _check_person(rows, space, person)
            if person.left_at is None:
                present[person.user_id or person.guest] += 1
        _check_seats(rows, space, people)
        _check_blocks(rows, space, people)
        _check_cohosts(rows, space, people)
        _check_recording(rows, space, people)
        listening = [p for p in people if p.left_at is None and p.away_since is None and p.role == "listener"]
        assert space.audience == len(listening), f"{space.audience} counted, {len(listening)} listen"
        if space.state == "live":
            _check_host(rows, space, people)
            _check_queue(rows, space, people)
        else:
            assert space.closing_at is None and space.turn_of_id is None and space.turn_ends_at is None
            assert space.state == "scheduled" or all(i.state != "pending" for i in rows.invitations[space.id])
        hosts[space.host_id, space.state] += space.state in ("live", "scheduled")
    assert max(present.values(), default=0) <= 1, f"in two live Spaces: {present}"
    assert max(hosts.values(), default=0) <= 1, f"hosts two of a kind: {hosts}"


def _check_person(rows: Rows, space: Row, person: Row) -> None:
    is_guest = person.user_id is None
    seated = person.id in rows.seats
    assert seated == (person.role != "listener"), f"{person.role} with a seat: {seated}"
    assert not is_guest or (not seated and person.hand == "down")
    if person.left_at is None:
        assert space.state == "live", f"somebody is inside a Space that is {space.state}"
    else:
        assert person.away_since is None and person.hand == "down"
        assert space.state == "ended" or person.role in ("listener", "host"), f"left and still {person.role}"
    if person.hand != "down":
        assert person.role == "listener" and person.hand_at is not None
    if person.unnamed:
        assert not is_guest and (person.role, person.hand) == ("listener", "down")
    if person.removed_at is not None:
        held = [i for i in rows.open_invitations(space) if i.user_id == person.user_id and not person.unnamed]
        assert (person.role, person.hand, seated) == ("listener", "down", False) and person.left_at and not held


def _check_blocks(rows: Rows, space: Row, people: list[Row]) -> None:
    """Nobody is inside whom the host blocked, nor whom a co-host did but for those who lead; and nothing is open
    between two of whom one blocked the other."""
    roles = {p.user_id: p.role for p in people if p.left_at is None} | {space.host_id: "host"}
    for blocker, blocked in rows.blocks:
        if roles.get(blocker) == "host":
            assert blocked not in roles, "the host blocked somebody who is inside"
        if roles.get(blocker) == "cohost":
            assert roles.get(blocked) in (None, "host", "cohost"), "a co-host blocked somebody who is inside"
        between = [i for i in rows.open_invitations(space) if {i.user_id, i.invited_by_id} == {blocker, blocked}]
        assert not between or space.state not in ("live", "scheduled"), "an invitation over a block"
    assert not {(b, a) for a, b in rows.blocks} & rows.follows and not rows.blocks & rows.follows


def _check_seats(rows: Rows, space: Row, people: list[Row]) -> None:
    seats = [rows.seats[p.id] for p in people if p.id in rows.seats]
    assert all(seat.space_id == space.id and 1 <= seat.slot <= settings.MAX_SEATS for seat in seats)
    assert len({seat.slot for seat in seats}) == len(seats) <= settings.MAX_SEATS
    assert [s.slot for s in seats if s.slot == 1] == [rows.seats[p.id].slot for p in people if p.role == "host"]
    if space.turn_seconds is not None and space.state == "live":
        lead = {p.id for p in people if p.role in ("host", "cohost")}
        open_seats = {seat.participant_id for seat in seats if not seat.muted}
        assert open_seats <= lead | {space.turn_of_id}, "an open microphone out of turn"


def _check_recording(rows: Rows, space: Row, people: list[Row]) -> None:
    """One period is open while it is on; then everybody on the stage was asked, and whoever left it is not. What counts
    of anybody is what they said last."""
    is_open = [period.began_at for period in rows.periods[space.id] if period.ended_at is None]
    assert is_open == ([space.recording_since] if space.recording_since else [])
    last = {consent.participant_id: consent.answer for consent in rows.consents[space.id]}
    for person in people:
        said = {None: "", "yes": "yes"}.get(last.get(person.id), "no")
        if person.recording_answer == "asked":
            assert space.recording_since and person.id in rows.seats and said != "yes"
            assert rows.now < person.recording_asked_until + SWEEP, "the time to answer is over"
        else:
            assert person.recording_answer == said, f"{person.recording_answer} counts, they said {said}"
            assert said or person.id not in rows.seats or not space.recording_since, "recorded, and not asked"


def _check_cohosts(rows: Rows, space: Row, people: list[Row]) -> None:
    cohosts = sum(p.role == "cohost" for p in people)
    asked = [i for i in rows.open_invitations(space) if i.kind == "cohost" and i.expires_at > rows.now]
    if space.state in ("scheduled", "live"):
        assert cohosts + len(asked) <= settings.MAX_COHOSTS


def _check_host(rows: Rows, space: Row, people: list[Row]) -> None:
    """One host; while they are gone their place is held, and after that the end is counted down to."""
    [host] = [p for p in people if p.role == "host"]
    assert host.user_id == space.host_id
    if host.left_at is None:
        assert space.closing_at is None, "a countdown runs though the host is here"
        return
    held_until = host.left_at + timedelta(seconds=settings.HOST_HOLD_SECONDS)
    assert space.closing_at or rows.now < held_until + SWEEP, "no host, and no countdown"
    if space.closing_at:
        assert rows.now < space.closing_at + SWEEP, "the countdown is over and the Space is not"


def _check_queue(rows: Rows, space: Row, people: list[Row]) -> None:
    """What queue.settle promises, and the floor."""
    inside = [p for p in people if p.left_at is None]
    turns = space.turn_seconds is not None
    taken = sum(p.id in rows.seats and rows.seats[p.id].slot > 1 for p in people)
    free = taken < settings.MAX_SEATS - 1 and not (turns and space.turn_of_id)
    offers = [p for p in inside if p.hand == "offered"]
    for person in offers:
        assert (person.offer_until is not None) == free, f"offer_until is {person.offer_until}, free is {free}"
        if person.offer_until and person.away_since is None:
            assert rows.now < person.offer_until + SWEEP, "an offer that is over"
    if turns and not space.turn_of_id and not free:
        assert all(p.role != "speaker" for p in people), "nobody made room for the next"
    if turns and free and any(p.hand == "raised" and p.away_since is None and not p.demoted_at for p in inside):
        assert any(p.away_since is None for p in offers), "the floor is free, and nobody is called"
    assert (space.turn_of_id is None) == (space.turn_ends_at is None)
    if space.turn_of_id:
        assert turns and space.turn_of_id in rows.seats
        assert space.turn_of_id in {p.id for p in inside}, "who has the floor is not inside"
        assert rows.now < space.turn_ends_at + SWEEP, "a turn that is over"


def _by_space(rows: list[dict]) -> dict:
    found = defaultdict(list)
    for row in rows:
        found[row["space_id"]].append(Row(**row))
    return found


def _facts(row: dict) -> dict:
    return {name: value for name, value in row.items() if name not in UNCOUNTED | {"version"}}


def _changed(before: Rows, after: Rows, pk) -> Iterator:
    return [
        (model.__name__, was, now)
        for model in before.facts[pk].keys() | after.facts[pk].keys()
        for was, now in [(before.facts[pk].get(model), after.facts[pk].get(model))]
        if was != now
    ]
