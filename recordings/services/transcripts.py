"""What was said, in words: written down by the host, or by a transcriber. The last that was written counts."""

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.validators import clean_line
from recordings import rules, selectors, vtt
from recordings.models import Copy, Cue, Replay
from recordings.refusals import refuse_if
from recordings.services.locking import lock
from recordings.speakers import Speakers
from recordings.timelines import Timeline, unix_us

BYTES_MAX = 2_000_000
LINES_MAX = 20_000
CUE_LENGTH = Cue._meta.get_field("text").max_length


class Written(NamedTuple):
    """Lines that are kept, and lines of nobody in the recording."""

    kept: int
    left_out: int


def upload(*, replay: Replay, data: bytes | None, by: User) -> Written:
    """From WebVTT on the time of the replay; replaces what was written before. Lines of people who did not agree to be
    recorded, or of whom nobody can tell who they are, are left out."""
    rules.may_write_transcript(hosts=replay.space.host_id == by.pk, heard=True)
    rules.may_be_transcript(size=data and len(data), most=BYTES_MAX)
    lines = vtt.read(_decoded(data), most=LINES_MAX)
    with transaction.atomic():
        copy = _locked(replay, by)
        kept = _spoken(replay, lines)
        refuse_if(not kept, "vtt_nobody")
        Cue.objects.filter(copy=copy).delete()
        Cue.objects.bulk_create(_cues(copy, kept), batch_size=500)
    return Written(len(kept), len(lines) - len(kept))


@transaction.atomic
def remove(*, replay: Replay, by: User) -> None:
    Cue.objects.filter(copy=_locked(replay, by)).delete()


def _locked(replay: Replay, by: User) -> Copy:
    """Of every Space that was recorded there is a copy, also after its sound was destroyed."""
    copy = lock(Copy.objects.get(space=replay.space_id).pk)
    heard = selectors.readable_replays(timezone.now()).filter(pk=replay.pk).exists()
    replay.refresh_from_db()
    rules.may_write_transcript(hosts=replay.space.host_id == by.pk, heard=heard)
    return copy


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        refuse_if(True, "vtt_not_text")


def _spoken(replay: Replay, lines: Iterable[vtt.Line]) -> list[tuple]:
    """(whose, [from, to) in ms of the Space, words) of lines that are somebody's."""
    speakers = Speakers(selectors.in_the_recording(replay.space), replay.voices)
    timeline, found = Timeline(replay.pieces, unix_us(replay.space.started_at)), []
    for line in lines:
        who, where = speakers.of(line), timeline.in_space(line.start_ms, line.end_ms)
        words = clean_line(line.text)
        if who is not None and where is not None and where[0] >= 0 and words:
            found.append((who, where, words))
    return found


def _cues(copy: Copy, spoken: Iterable[tuple]) -> Iterator[Cue]:
    for who, (start, end), words in spoken:
        for part in wrap(words, CUE_LENGTH):
            yield Cue(copy=copy, participant=who, start_ms=start, end_ms=end, text=part)
