"""The folder of one relay under CAPTURE_SPOOL, and what dead relays left in theirs.

Used by capture.py and its threads. A relay holds a lock in its folder for as long as it lives, however it ends: what is
not locked belongs to whoever comes next. Every method may raise OSError.
"""

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rooms.relay import segments
from rooms.relay.segments import Segment

LOCK, PROBE = "lock", "probe"
PROBE_BYTES = 65_536
# A second name of a segment that is being handed on.
LENT = ".lent"
# A relay's id; nothing else that lies here is touched.
_RELAY = re.compile("[0-9a-f]{16}")


class Spool:
    """`root` may be shared by relays of one machine."""

    def __init__(self, root: Path, relay: str) -> None:
        self._root, self._own = root, root / relay
        self._lock: int | None = None

    def open(self) -> None:
        """Makes the folder and takes the lock, unless that is done."""
        while self._lock is None:
            self._own.mkdir(parents=True, exist_ok=True)
            self._own.chmod(0o700)
            self._lock = _locked(self._own)

    def folder(self, space: str, participant: str) -> Path:
        return segments.folder(self._own, space, participant)

    def free(self) -> float:
        """The share (0..1) of the disk that is free."""
        disk = os.statvfs(self._root)
        return disk.f_bavail / max(1, disk.f_blocks)

    def probe(self) -> None:
        """Writes, to see whether that can be done."""
        path = self._own / PROBE
        try:
            with path.open("wb") as file:
                file.write(bytes(PROBE_BYTES))
                file.flush()
                os.fsync(file.fileno())
        finally:
            path.unlink(missing_ok=True)

    def finished(self) -> Iterator[Segment]:
        """What waits to be kept, read from the folder as one goes."""
        for person in _people(self._own):
            for path in _files(person):
                if segment := segments.named(path):
                    yield segment

    @contextlib.contextmanager
    def lent(self, segment: Segment) -> Iterator[Segment]:
        """The segment under a second name, which may be moved away; the first one goes when all went well.

        Whoever moves it and then fails, or is killed, would otherwise never hear of it again.
        """
        second = segment.path.with_suffix(LENT)
        try:
            second.unlink(missing_ok=True)
            second.hardlink_to(segment.path)
        except OSError:
            # Some file systems have no second names.
            second = segment.path
        try:
            yield replace(segment, path=second)
            segment.path.unlink(missing_ok=True)
        finally:
            if second != segment.path:
                second.unlink(missing_ok=True)

    def mend(self) -> None:
        """Makes finished files of torn ones of this relay's own. Only while none is being written."""
        for path in _torn(self._own):
            segments.mend(path)

    def adopt(self) -> None:
        """Takes over what relays left that live no more."""
        for other in self._others():
            lock = _locked(other)
            if lock is None:
                continue
            try:
                for path in _torn(other):
                    segments.mend(path)
                self._take_over(other)
                tidy(other)
                _remove(other)
            finally:
                os.close(lock)

    def tidy(self) -> None:
        """Removes folders in which nothing is any more."""
        tidy(self._own)

    def leave(self) -> None:
        """Gives the folder up; what is still in it is for others to adopt."""
        if self._lock is not None:
            tidy(self._own)
            with contextlib.suppress(OSError):
                _remove(self._own)
            lock, self._lock = self._lock, None
            os.close(lock)

    def _others(self) -> list[Path]:
        return [each for each in _folders(self._root) if each != self._own and _RELAY.fullmatch(each.name)]

    def _take_over(self, other: Path) -> None:
        for person in _people(other):
            for path in _files(person):
                if segment := segments.named(path):
                    own = self.folder(segment.space, segment.participant)
                    own.mkdir(parents=True, exist_ok=True)
                    path.rename(own / path.name)
                elif path.suffix == LENT:
                    path.unlink()


def tidy(folder: Path) -> None:
    for person in list(_people(folder)):
        _remove_empty(person)
    for space in list(_folders(folder)):
        _remove_empty(space)


def _locked(folder: Path) -> int | None:
    """A descriptor that holds the lock of a folder; None while another process does, or the folder went meanwhile."""
    path = folder / LOCK
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever adopted the folder before may have removed it between opening and locking.
        if os.path.samestat(os.fstat(lock), path.stat()):
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(lock)
    return None


def _torn(folder: Path) -> Iterator[Path]:
    return (path for person in _people(folder) for path in _files(person) if path.suffix == segments.TORN)


def _remove(folder: Path) -> None:
    """A folder with nothing but its lock, while that is held."""
    if {path.name for path in folder.iterdir()} <= {LOCK, PROBE}:
        (folder / PROBE).unlink(missing_ok=True)
        (folder / LOCK).unlink()
        folder.rmdir()


def _remove_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def _people(folder: Path) -> Iterator[Path]:
    for space in _folders(folder):
        yield from _folders(space)


def _folders(folder: Path) -> Iterator[Path]:
    with _listed(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield Path(entry.path)


def _files(folder: Path) -> Iterator[Path]:
    with _listed(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                yield Path(entry.path)


@contextlib.contextmanager
def _listed(folder: Path) -> Iterator[Iterator[os.DirEntry]]:
    """A folder that has just been removed has nothing in it."""
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        yield iter(())
    else:
        with entries:
            yield entries
