"""Sound as a relay hands it over, and a way to look at what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.core.files.storage import storages

from recordings import places
from rooms.models import Participant
from tests.support import recorded

SAMPLES = 192_000


@dataclass(frozen=True)
class Captured:
    """As rooms.relay.segments.Segment."""

    space: str
    participant: str
    started_us: int
    samples: int
    path: Path


def segment(stay: Participant, folder: Path, *, at_us: int | None = None) -> Captured:
    """Four seconds of this person's microphone in a spool folder, from when their Space began."""
    at_us = round(stay.space.started_at.timestamp() * 1e6) if at_us is None else at_us
    path = folder / f"{stay.pk.hex}-{at_us}.opus"
    path.write_bytes(recorded.ogg([next(recorded.voice("host")) for _ in range(SAMPLES // 960)]))
    return Captured(space=str(stay.space_id), participant=str(stay.pk), started_us=at_us, samples=SAMPLES, path=path)


def files(folder: str = "") -> set[str]:
    """The names of all files below a folder of the storage of copies, but its mark."""
    return set(_walk(folder)) - {places.MARK}


def _walk(folder: str) -> Iterator[str]:
    storage = storages[places.STORAGE]
    if folder and not storage.exists(folder):
        return
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}".lstrip("/") for name in names)
    for each in folders:
        yield from _walk(f"{folder}/{each}".lstrip("/"))
