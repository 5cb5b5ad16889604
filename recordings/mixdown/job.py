"""What is asked for: the job's JSON as objects. The package says what stands in it."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_NAME = re.compile(r"[\w-]+", re.ASCII)
# Segments are of four seconds. A row that claims much more is none of ours, and would be memory.
SEGMENT_SAMPLES_MAX = 60 * 48_000

Range = tuple[int, int]


class BadJob(Exception):
    """The job cannot be understood; the message says what of it."""


@dataclass(frozen=True)
class Segment:
    path: Path
    started_us: int
    samples: int


@dataclass(frozen=True)
class Track:
    participant: str
    spans_us: list[Range]
    segments: list[Segment]


@dataclass(frozen=True)
class Redaction:
    source: Path
    silence_ms: list[Range]
    duration_ms: int | None


@dataclass(frozen=True)
class Job:
    result: Path
    periods_us: list[Range]
    tracks: list[Track]
    out: dict[str, Path]
    title: str = ""
    redact: Redaction | None = None
    voices: list[tuple[str, int, int]] = field(default_factory=list)


def read(given: dict[str, Any]) -> Job:
    """Raises BadJob."""
    try:
        redact = given.get("redact")
        job = Job(
            result=Path(given["result"]),
            periods_us=[] if redact else united(given["periods_us"]),
            tracks=[] if redact else [_track(each) for each in given["tracks"]],
            out={kind: Path(path) for kind, path in given.get("out", {}).items()},
            title=str(given.get("title", "")),
            redact=_redaction(redact) if redact else None,
            voices=[(str(who), int(since), int(until)) for who, since, until in given.get("voices", [])],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadJob(f"The job cannot be read: {error!r}") from error
    if set(job.out) - {"m4a", "opus"}:
        raise BadJob("The job asks for files that are neither m4a nor opus.")
    if len({track.participant for track in job.tracks}) < len(job.tracks):
        raise BadJob("The job has two tracks of one participant.")
    return job


def united(ranges: list[list[int]]) -> list[Range]:
    """In order, without empty ones, those that overlap as one."""
    ordered: list[Range] = []
    for since, until in sorted((int(since), int(until)) for since, until in ranges):
        if since >= until:
            continue
        if ordered and since < ordered[-1][1]:
            ordered[-1] = ordered[-1][0], max(until, ordered[-1][1])
        else:
            ordered.append((since, until))
    return ordered


def _redaction(given: dict[str, Any]) -> Redaction:
    duration_ms = given.get("duration_ms")
    silence_ms = united(given["silence_ms"])
    return Redaction(Path(given["source"]), silence_ms, None if duration_ms is None else int(duration_ms))


def _track(given: dict[str, Any]) -> Track:
    participant = str(given["participant"])
    if not _NAME.fullmatch(participant):
        raise ValueError(f"participant {participant!r}")
    segments = [Segment(Path(s["path"]), int(s["started_us"]), int(s["samples"])) for s in given["segments"]]
    # A stable order: of two that start together the later in the job counts.
    segments.sort(key=lambda segment: segment.started_us)
    return Track(participant, united(given["spans_us"]), segments)
