"""Segments: what one microphone said, four seconds to a file, and how these files are called.

Written by track.py, found by spool.py, kept by whoever answers rooms.signals.sound_captured. Imports nothing that
carries sound, so that they may import it.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from rooms.relay import ogg

SEGMENT_SAMPLES = 4 * ogg.SAMPLES_PER_SECOND
# Written so often: what a kill takes is less than this of what somebody said.
PAGE_SAMPLES = ogg.SAMPLES_PER_SECOND
TORN, WHOLE = ".part", ".opus"
_NAME = re.compile(r"(\d{1,17})-(\d{1,9})")


@dataclass(frozen=True)
class Segment:
    """A file of whole Opus packets, mono, without a hole. `started_us` is Unix time (µs) of its first sample; samples
    are at 48 kHz. Ids are strings."""

    space: str
    participant: str
    started_us: int
    samples: int
    path: Path

    @property
    def ended_us(self) -> int:
        return self.started_us + microseconds(self.samples)


def microseconds(samples: int) -> int:
    return samples * 1_000_000 // ogg.SAMPLES_PER_SECOND


def folder(root: Path, space: str, participant: str) -> Path:
    return root / space / participant


def named(path: Path) -> Segment | None:
    """The segment that a finished file is, by its name; None for any other file."""
    found = _NAME.fullmatch(path.stem) if path.suffix == WHOLE else None
    if found is None:
        return None
    return Segment(path.parent.parent.name, path.parent.name, int(found[1]), int(found[2]), path)


def mend(torn: Path) -> Path | None:
    """Makes a finished file of one whose writer was killed or met a full disk; None, and no file, where nothing of it
    is whole. Needs no room on the disk. Raises OSError."""
    with torn.open("rb+") as file:
        data = file.read()
        whole, samples = ogg.mended(data)
        if samples and torn.stem.isdecimal():
            file.seek(0)
            file.write(whole)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
            return torn.rename(_finished(torn, samples))
    torn.unlink()
    return None


class Part:
    """A segment that is being written. Every method may raise OSError; then `abandon` it."""

    def __init__(self, folder: Path, started_us: int) -> None:
        self.started_us = started_us
        self.samples = 0
        self.path = folder / f"{started_us}{TORN}"
        self._file = _create(self.path)
        self._serial, self._number = started_us & 0xFFFFFFFF, 2
        self._packets: list[bytes] = []
        # Of the page that comes next.
        self._waiting = self._lacings = 0
        try:
            self._write(ogg.header(self._serial))
        except OSError:
            self._close()
            raise

    @property
    def ended_us(self) -> int:
        return self.started_us + microseconds(self.samples)

    def add(self, packet: bytes, samples: int) -> None:
        lacings = ogg.lacings(packet)
        if self._waiting >= PAGE_SAMPLES or self._lacings + lacings > ogg.LACINGS_MAX:
            # Not when it is full: the last page, which says so, must have something in it.
            self._flush(0)
        self._packets.append(packet)
        self._lacings += lacings
        self._waiting += samples
        self.samples += samples

    def finish(self) -> Path:
        """On the disk for good, under its name."""
        self._flush(ogg.LAST)
        os.fsync(self._file)
        self._close()
        return self.path.rename(_finished(self.path, self.samples))

    def abandon(self) -> Path | None:
        """What can be saved of it after an error; the rest waits for another `mend`."""
        try:
            self._close()
            return mend(self.path)
        except OSError:
            return None

    def _flush(self, flags: int) -> None:
        self._write(ogg.page(self._packets, self.samples, self._serial, self._number, flags))
        self._number += 1
        self._packets, self._waiting, self._lacings = [], 0, 0

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._file, left) :]

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            os.close(file)


def _create(path: Path) -> int:
    for _ in range(3):
        try:
            return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            # The first in this folder, or the folder was just tidied away.
            path.parent.mkdir(parents=True, exist_ok=True)
    raise FileNotFoundError(path)


def _finished(part: Path, samples: int) -> Path:
    return part.with_name(f"{part.stem}-{samples}{WHOLE}")
