"""Where a moment of the wall clock lies in the replay: the periods one after the other, counted in samples.

Used by mix.py and result.py. Positions on the wall are samples since the first period began.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from recordings.mixdown.job import Range
from rooms.relay.opus import FRAME_SAMPLES

# What is worked on at a time: ten seconds.
BLOCK = 500 * FRAME_SAMPLES


@dataclass(frozen=True)
class Block:
    """`samples` of the replay from `start`, which are those of the wall from `wall`."""

    start: int
    wall: int
    samples: int


class Timeline:
    def __init__(self, periods_us: list[Range]) -> None:
        self.epoch_us = periods_us[0][0]
        self.periods = [(self.wall(since), self.wall(until)) for since, until in periods_us]
        self._starts = [0]
        for since, until in self.periods:
            # In whole frames, so that everything that is counted in frames fits.
            self._starts.append(self._starts[-1] + -(-(until - since) // FRAME_SAMPLES) * FRAME_SAMPLES)

    @property
    def samples(self) -> int:
        return self._starts[-1]

    def wall(self, moment_us: int) -> int:
        return (moment_us - self.epoch_us) * 6 // 125

    def blocks(self, since: int = 0, until: int | None = None) -> Iterator[Block]:
        """All of the replay between two of its positions, in pieces that no period ends within."""
        until = self.samples if until is None else until
        for (wall, _), start, end in zip(self.periods, self._starts, self._starts[1:], strict=False):
            at = max(start, since)
            while at < min(end, until):
                samples = min(BLOCK, min(end, until) - at)
                yield Block(at, wall + at - start, samples)
                at += samples

    def periods_ms(self, lead: int, end: int) -> list[list[int]]:
        """[at in the replay, Unix time, length] of what is left of each period between two positions."""
        rows = []
        for (wall, wall_end), start in zip(self.periods, self._starts, strict=False):
            since, until = max(start, lead), min(start + wall_end - wall, end)
            if since < until:
                moment_us = self.epoch_us + (wall + since - start) * 125 // 6
                rows.append([(since - lead) // 48, round(moment_us / 1000), (until - since) // 48])
        return rows


def crossings(these: list[Range], those: list[Range]) -> list[Range]:
    """What lies in both; each in order and without overlaps."""
    found = [(max(a, c), min(b, d)) for a, b in these for c, d in those]
    return sorted((since, until) for since, until in found if since < until)
