"""The facts of a session for whoever takes it with them, row by row. Used by recordings.session_archive alone.

People stand in it as their pages show them to its reader: who has left for good, or with whom a block stands, has no
name here, and whoever listened without one is a number.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cached_property

from accounts.sections import shown
from accounts.selectors import not_blocked
from recordings.models import Replay
from recordings.timelines import Timeline, unix_us
from recordings.tracks import Written
from rooms.models import Consent, Participant, Space
from rooms.selectors.recording import periods, spans

SOMEBODY = {"name": "Somebody"}
OPEN = {"user__is_active": True, "user__closing_at__isnull": True}


class Facts:
    """Of one Space, for one reader. `own` are the keys of the reader's stays; `tracks` the rows of what was written."""

    def __init__(self, space: Space, reader) -> None:
        self.space, self.reader = space, reader
        self.own = list(Participant.objects.filter(space=space, user=reader).values_list("pk", flat=True))
        self.tracks: list[dict] = []

    @cached_property
    def people(self) -> dict:
        """Those who can be named, by key, as `first` sorts them. One query."""
        named = Participant.objects.filter(not_blocked(self.reader, of="user"), space=self.space, unnamed=False, **OPEN)
        return {person.pk: person for person in sorted(named.select_related("user"), key=self.first)}

    def first(self, person: Participant) -> tuple:
        """The host, then who was on stage in the order they came there, then listeners."""
        came = person.spoke_at or person.joined_at
        return person.user_id != self.space.host_id, person.spoke_at is None, came, person.user.handle

    def shown(self, person: Participant) -> dict:
        return self._of(person.pk)

    def _of(self, pk) -> dict:
        known = self.people.get(pk)
        return shown(known.user) if known else SOMEBODY

    def roster(self) -> Iterator[dict]:
        for person in self.people.values():
            row = shown(person.user) | {"role": person.role}
            if person.spoke_at is not None:
                row |= {"first_on_stage_at": person.spoke_at, "heard_seconds": person.talk_ms / 1000}
            yield row

    def counts(self) -> dict[str, int]:
        """How many stand in no roster. Two queries."""
        everybody = Participant.objects.filter(space=self.space)
        guests = everybody.filter(user__isnull=True).count()
        unnamed = everybody.filter(user__isnull=False, unnamed=True).count()
        others = everybody.count() - guests - unnamed - len(self.people)
        return {"named": len(self.people), "guests": guests, "unnamed": unnamed, "others": others}

    def add_track(self, path: str, person: Participant, written: Written) -> None:
        row = {"file": path, "begins_at": self.space.started_at, "seconds": round(written.samples / 48_000, 3)}
        sound = [[round(since / 1e6, 3), round(until / 1e6, 3)] for since, until in written.sound_us]
        self.tracks.append(row | self.shown(person) | {"sound_from_to": sound, "missing_pieces": written.missing})

    def consents(self, rows: Iterable[Consent]) -> Iterator[dict]:
        for row in rows:
            yield self.shown(row.participant) | {"answer": row.answer, "at": row.at, "policy": row.policy}

    def timeline(self, replay: Replay | None) -> list[dict]:
        """In order of time; `second` counts from the beginning of the Space."""
        rows = [self._row(self.space.started_at, "began"), self._row(self.space.ended_at, "ended")]
        for since, until in periods(self.space):
            rows += [self._row(since, "recording on"), self._row(until, "recording off")]
        for person in self.people.values():
            if person.spoke_at is not None:
                rows.append(self._row(person.spoke_at, "first on stage", **shown(person.user)))
        rows += self._of_replay(replay) if replay is not None else []
        return sorted(rows, key=lambda row: row["at"])

    def _of_replay(self, replay: Replay) -> Iterator[dict]:
        """Who talked when, and where its chapters begin."""
        timeline = Timeline(replay.pieces, unix_us(self.space.started_at))
        agreed = {str(pk): pk for pk in spans(self.space)}
        for who, since, until in replay.voices:
            if who in agreed and (where := timeline.in_space(since, until)):
                name, seconds = self._of(agreed[who]), round((where[1] - where[0]) / 1000, 3)
                yield self._row(self._moment(where[0]), "talks", **name, seconds=seconds)
        for chapter in replay.chapters:
            at = chapter["at_ms"]
            if where := timeline.in_space(at, at + 1):
                title = self._of(agreed.get(chapter["participant"]))["name"]
                yield self._row(self._moment(where[0]), "chapter", title=title)

    def _moment(self, ms: int) -> datetime:
        return self.space.started_at + timedelta(milliseconds=ms)

    def _row(self, at: datetime, what: str, **more) -> dict:
        return {"at": at, "second": round((at - self.space.started_at).total_seconds(), 3), "what": what} | more
