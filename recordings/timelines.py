"""From the time of a Space to that of its replay, which leaves out what was not recorded, and back. Pure.

`pieces` are those of a replay: [[at in the replay (ms), Unix time (µs), length (ms)], ...]. A Space's own time is
milliseconds since it began, at `origin_us` (Unix time).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

Pieces = Sequence[Sequence[int]]


def unix_us(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def in_replay(pieces: Pieces, origin_us: int, start_ms: int, end_ms: int) -> tuple[int, int] | None:
    """Where a stretch of the Space is in the replay; of one that is torn by a cut the first part, None for one that was
    not recorded."""
    for at, since, until in _in_space(pieces, origin_us):
        began, ended = max(start_ms, since), min(end_ms, until)
        if began < ended:
            return at + began - since, at + ended - since
    return None


def in_space(pieces: Pieces, origin_us: int, start_ms: int, end_ms: int) -> tuple[int, int] | None:
    """Where a stretch of the replay is in the Space; None beyond its end."""
    for at, since, until in _in_space(pieces, origin_us):
        began, ended = max(start_ms, at), min(end_ms, at + until - since)
        if began < ended:
            return since + began - at, since + ended - at
    return None


def _in_space(pieces: Pieces, origin_us: int) -> Iterator[tuple[int, int, int]]:
    """(at in the replay, from, to in the Space)."""
    for at, began_us, length in pieces:
        since = round((began_us - origin_us) / 1000)
        yield at, since, since + length
