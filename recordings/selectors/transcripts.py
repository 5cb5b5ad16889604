"""What was said, in words: whose, and when. Called by views, services and archives; must never write.

Words of somebody who takes themselves out of the recording are read by nobody from that moment on, but themselves.
Nobody has a name here whom the page of the replay does not name.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from django.db.models import Max, QuerySet

from recordings.models import Cue, Replay
from recordings.timelines import Timeline, unix_us
from recordings.vtt import Line
from rooms.models import Participant, Space
from rooms.selectors import speakers
from rooms.selectors.recording import spans


class Said(NamedTuple):
    """Milliseconds of the replay; `who` is the key of a stay, `name` as the reader may read it."""

    start_ms: int
    end_ms: int
    who: UUID
    name: str
    text: str


def in_the_recording(space: Space) -> list[Participant]:
    """Those who agreed and did not take it back, the host first. Three queries."""
    agreed = Participant.objects.filter(pk__in=spans(space)).select_related("user")
    return sorted(agreed, key=lambda person: (person.user_id != space.host_id, person.spoke_at or person.joined_at))


def cues(space: Space, people) -> QuerySet[Cue]:
    """Of these participants, in order, with whose they are."""
    return Cue.objects.filter(copy__space=space, participant__in=people).select_related("participant__user")


def has_transcript(replay: Replay) -> bool:
    """Three queries."""
    return Cue.objects.filter(copy__space=replay.space_id, participant__in=spans(replay.space)).exists()


def transcript(replay: Replay, reader) -> list[Said]:
    """Of the whole replay, for this reader (AnonymousUser for visitors). Four queries."""
    names = {person.pk: person.name for person in speakers(replay.space, reader)}
    said = Cue.objects.filter(copy__space=replay.space, participant__in=list(spans(replay.space)))
    timeline, found = Timeline(replay.pieces, unix_us(replay.space.started_at)), []
    for start_ms, end_ms, who, text in said.values_list("start_ms", "end_ms", "participant", "text"):
        if where := timeline.in_replay(start_ms, end_ms):
            found.append(Said(*where, who, names.get(who, "Somebody"), text))
    return sorted(found, key=lambda each: (each.start_ms, each.end_ms))


def transcript_edition(replay: Replay, reader) -> str:
    """Another one wherever `transcript` says something else. Four queries, all of them small."""
    names = {person.pk: person.name for person in speakers(replay.space, reader)}
    heard = sorted((str(pk), names.get(pk, "")) for pk in spans(replay.space))
    newest = Cue.objects.filter(copy__space=replay.space).aggregate(pk=Max("pk"))["pk"]
    return sha256(repr((replay.claim, newest, heard)).encode()).hexdigest()


def as_lines(said: Iterable[Said]) -> Iterator[Line]:
    for each in said:
        yield Line(each.start_ms, each.end_ms, each.name, each.text)
