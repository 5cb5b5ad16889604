"""What was said, in words: whose, and when. Called by views, services and archives; must never write.

Words of somebody who takes themselves out of the recording are read by nobody from that moment on, but themselves.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.db.models import QuerySet

from recordings.models import Cue, Replay
from recordings.timelines import Timeline, unix_us
from recordings.vtt import Line
from rooms.models import Participant, Space
from rooms.selectors.recording import spans


class Said(NamedTuple):
    """Milliseconds of the replay."""

    start_ms: int
    end_ms: int
    who: Participant
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


def transcript(replay: Replay) -> list[Said]:
    """Of the whole replay. Three queries."""
    timeline, found = Timeline(replay.pieces, unix_us(replay.space.started_at)), []
    for cue in cues(replay.space, list(spans(replay.space))):
        if where := timeline.in_replay(cue.start_ms, cue.end_ms):
            found.append(Said(*where, cue.participant, cue.text))
    return sorted(found, key=lambda said: (said.start_ms, said.end_ms))


def as_lines(said, name: Callable[[Participant], str] = lambda who: who.name) -> Iterator[Line]:
    """Of `Said` or of Cues."""
    for each in said:
        who = each.who if isinstance(each, Said) else each.participant
        yield Line(each.start_ms, each.end_ms, name(who), each.text)
