"""What the page of a replay shows to whom. Called by views and template tags; must never write."""

import json
from datetime import datetime
from typing import NamedTuple

from recordings.models import Replay
from recordings.selectors.hearing import known_replay
from rooms.identity import Person
from rooms.models import Participant, RecordingAnswer, Space
from rooms.selectors import speakers

State = Replay.State


class Shown(NamedTuple):
    """A replay and how it stands: ready, waiting (being mixed, too), failed, empty, expired or deleted. `mine`: this
    person hosts it; `spoke`: their stay, where they can take themselves out."""

    replay: Replay
    standing: str
    mine: bool
    spoke: Participant | None


class Chapter(NamedTuple):
    """`person` is who holds the floor, None where the reader does not meet them."""

    at_ms: int
    title: str
    person: Participant | None


class Talks(NamedTuple):
    """Who can be heard, in the order of the stage; `voices` is [[number in `people`, from ms, to ms], ...] as JSON."""

    people: list[Participant]
    chapters: list[Chapter]
    voices: str


def shown(space: Space, person: Person, now: datetime) -> Shown | None:
    """None for whoever may not know of it, and where there is none. Three queries at most."""
    replay = known_replay(space, person)
    if replay is None:
        return None
    mine = bool(person.user) and person.user.pk == space.host_id
    return Shown(replay, standing(replay, now), mine, own_voice(space, person))


def standing(replay: Replay, now: datetime) -> str:
    due = replay.expires_at is not None and replay.expires_at <= now
    if replay.state == State.DELETED:
        return "expired" if replay.expires_at and replay.expires_at <= replay.deleted_at else "deleted"
    if due:
        return "expired"
    return "waiting" if replay.state == State.MIXING else replay.state


def own_voice(space: Space, person: Person) -> Participant | None:
    """Whose stay this is, while it is in the recording. One query, none for visitors."""
    if not person.user:
        return None
    mine = Participant.objects.filter(space=space, user=person.user, recording_answer=RecordingAnswer.YES)
    return mine.select_related("space").first()


def talks(replay: Replay, reader) -> Talks:
    """Nobody the reader does not meet. One query."""
    people = _met(replay, reader)
    numbers = {str(person.pk): number for number, person in enumerate(people)}
    voices = [[numbers.get(who, -1), since, until] for who, since, until in replay.voices]
    # What the host cut off begins nowhere.
    kept = [each for each in _chapters(replay, people) if each.at_ms >= replay.starts_at_ms]
    return Talks(people, kept, json.dumps(voices, separators=(",", ":")))


def chapters(replay: Replay, reader) -> list[Chapter]:
    """Of the whole file, by the names that people have now. One query."""
    return _chapters(replay, _met(replay, reader))


def _met(replay: Replay, reader) -> list[Participant]:
    heard = {who for who, _, _ in replay.voices}
    return [person for person in speakers(replay.space, reader) if str(person.pk) in heard]


def _chapters(replay: Replay, people: list[Participant]) -> list[Chapter]:
    names = {str(person.pk): person for person in people}
    begun = [(each["at_ms"], names.get(each["participant"])) for each in replay.chapters]
    return [Chapter(at_ms, person.name if person else "Somebody", person) for at_ms, person in begun]
