"""A session as its host takes it with them, and somebody's own words, as zips that describe themselves.

Called by services.exports in a Celery worker. It holds what its reader could see and hear, and of the sound the tracks
of those who agreed to be recorded, and the host's own: nobody's e-mail, no ids, no name of who listened without one.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from django.conf import settings
from django.core.files.storage import storages
from django.utils import timezone

from accounts.zips import Archive
from recordings import places, selectors, tracks, vtt
from recordings.models import Copy, Replay, Segment, SessionExport
from recordings.session_facts import Facts
from recordings.timelines import unix_us
from rooms.models import Participant
from rooms.selectors.recording import consents, spans

FORMAT = "openfloor-session/1"
WORDS_FORMAT = "openfloor-words/1"
# Segments, some minutes of sound.
REPORTED_EACH = 100
Report = Callable[[int, int], None]


def write_session(target: BinaryIO, export: SessionExport, replay: Replay | None, report: Report) -> None:
    """`report` is told how many parts are done, of how many, and may raise to give up."""
    space = export.copy.space
    facts, archive = Facts(space, export.user), Archive(target)
    people = _with_sound(export.copy, facts)
    parts = len(people) + 2
    with archive.zip:
        for done, (person, within) in enumerate(people):
            _track(archive, export.copy, person, within, facts, partial(report, done, parts))
        report(parts - 2, parts)
        if replay is not None:
            _mix(archive, replay)
        report(parts - 1, parts)
        archive.rows("audio/tracks.jsonl", "Whose track is which, and when each has sound.", facts.tracks)
        archive.rows("roster.jsonl", "Who was there, with a name.", facts.roster())
        archive.rows("timeline.jsonl", "What happened when.", facts.timeline(replay))
        archive.rows("consents.jsonl", "Who answered what about being recorded.", facts.consents(consents(space)))
        _words(archive, selectors.cues(space, [*spans(space), *facts.own]), facts, "What was said.")
        report(parts, parts)
        _finish(archive, export, "recordings/session_readme.txt", facts.counts() | {"format": FORMAT})


def write_words(target: BinaryIO, export: SessionExport, report: Report) -> None:
    """As `write_session`, of the words of whoever asked, without a replay."""
    space = export.copy.space
    facts, archive = Facts(space, export.user), Archive(target)
    report(0, 1)
    with archive.zip:
        _words(archive, selectors.cues(space, facts.own), facts, "What you said.")
        mine = [row for row in consents(space) if row.participant_id in facts.own]
        archive.rows("consents.jsonl", "What you answered about being recorded.", facts.consents(mine))
        report(1, 1)
        _finish(archive, export, "recordings/words_readme.txt", {"format": WORDS_FORMAT})


def _with_sound(copy: Copy, facts: Facts) -> list[tuple[Participant, list | None]]:
    """Whose track is in it, and of when (µs); all of the host's own."""
    agreed = {pk: [(unix_us(since), unix_us(until)) for since, until in mine] for pk, mine in spans(copy.space).items()}
    agreed |= dict.fromkeys(facts.own)
    heard = Segment.objects.filter(copy=copy, participant__in=agreed).values("participant").distinct()
    people = Participant.objects.filter(pk__in=heard).select_related("user")
    return [(person, agreed[person.pk]) for person in sorted(people, key=facts.first)]


def _track(archive: Archive, copy: Copy, person: Participant, within, facts: Facts, heard_of) -> None:
    shown = facts.shown(person)
    path = f"audio/tracks/{len(facts.tracks) + 1:02}-{shown.get('handle', 'somebody')}.opus"
    rows = Segment.objects.filter(copy=copy, participant=person).order_by("started_us", "pk")
    pieces = _reporting((tracks.Piece(row.started_us, row.name) for row in rows.iterator(chunk_size=1000)), heard_of)
    origin = unix_us(copy.space.started_at)
    with archive.entry(path, f"The microphone of {shown['name']}.", packed=False) as entry:
        written = tracks.write(entry.write, pieces, _stored, origin_us=origin, spans_us=within)
    facts.add_track(path, person, written)


def _reporting(pieces: Iterator[tracks.Piece], heard_of: Callable[[], None]) -> Iterator[tracks.Piece]:
    for number, piece in enumerate(pieces):
        if number % REPORTED_EACH == 0:
            heard_of()
        yield piece


def _stored(name: str) -> bytes | None:
    try:
        with storages[places.STORAGE].open(name) as file:
            return file.read()
    except FileNotFoundError:
        return None


def _mix(archive: Archive, replay: Replay) -> None:
    for kind, name in (("m4a", replay.m4a), ("opus", replay.opus)):
        if name:
            with storages[places.STORAGE].open(name) as source:
                archive.copied(f"audio/replay.{kind}", "The replay: all who agreed, mixed.", source)


def _words(archive: Archive, cues, facts: Facts, what: str) -> None:
    if not cues.exists():
        return
    for path, how, texts in (
        ("transcript.vtt", "WebVTT, on the time of the Space.", vtt.blocks),
        ("transcript.txt", "To read.", vtt.readable),
    ):
        with archive.entry(path, f"{what} {how}") as entry:
            for text in texts(_lines(cues, facts)):
                entry.write(text.encode())


def _lines(cues, facts: Facts) -> Iterator[vtt.Line]:
    for cue in cues.iterator(chunk_size=1000):
        yield vtt.Line(cue.start_ms, cue.end_ms, facts.shown(cue.participant)["name"], cue.text)


def _finish(archive: Archive, export: SessionExport, readme: str, says: dict) -> None:
    space = export.copy.space
    where = {"title": space.title, "address": f"{settings.SITE_URL}{space.get_absolute_url()}"}
    times = {"began_at": space.started_at, "ended_at": space.ended_at, "made_at": timezone.now()}
    manifest = {"format": says.pop("format")} | where | times | says
    archive.finish(readme=readme, context={"space": space} | where | times | says, manifest=manifest)
