"""From the time of a Space to that of its replay, which leaves out what was not recorded, and back. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter

Stretch = tuple[int, int]


def unix_us(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


class Timeline:
    """`pieces` are those of a replay, in order: [[at in the replay (ms), Unix time (µs), length (ms)], ...]. A Space's
    own time is milliseconds since it began, at `origin_us` (Unix time)."""

    def __init__(self, pieces: Sequence[Sequence[int]], origin_us: int) -> None:
        pieces = [piece for piece in pieces if piece[2] > 0]
        self._replay = [(at, at + length) for at, _, length in pieces]
        since = [round((began_us - origin_us) / 1000) for _, began_us, _ in pieces]
        self._space = [(at, at + length) for at, (_, _, length) in zip(since, pieces, strict=True)]

    def in_replay(self, start_ms: int, end_ms: int) -> Stretch | None:
        """Where a stretch of the Space is in the replay; of one that is torn by a cut the first part, None for one that
        was not recorded."""
        return _moved(self._space, self._replay, start_ms, end_ms)

    def in_space(self, start_ms: int, end_ms: int) -> Stretch | None:
        """Where a stretch of the replay is in the Space; None beyond its end."""
        return _moved(self._replay, self._space, start_ms, end_ms)


def _moved(here: Sequence[Stretch], there: Sequence[Stretch], start_ms: int, end_ms: int) -> Stretch | None:
    """By the first piece that ends after its start: it begins in none before."""
    number = bisect_right(here, start_ms, key=itemgetter(1))
    if number == len(here):
        return None
    since, until = here[number]
    began, ended, later = max(start_ms, since), min(end_ms, until), there[number][0] - since
    return (began + later, ended + later) if began < ended else None
