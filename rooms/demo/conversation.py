"""The demo's conversation: who says what, when, as Opus packets. Read by rundemo and make_speech; knows no network.

Nothing is encoded at run time: the packets are those of the shipped files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rooms.demo.whip import opus_packets

SPEECH = Path(__file__).resolve().parent / "speech"
# The breath between two turns, in packets: 0.26 s, well below the half second that feels like a gap.
BREATH_PACKETS = 13


@dataclass(frozen=True)
class Line:
    """One turn. `voice` is the handle of the account that speaks it."""

    number: int
    voice: str
    text: str

    @property
    def path(self) -> Path:
        return SPEECH / f"{self.number:02}-{self.voice}.opus"

    @cached_property
    def packets(self) -> tuple[bytes, ...]:
        """The file's Opus packets of 20 ms each."""
        return tuple(opus_packets(self.path))


def script() -> list[Line]:
    lines = (line.partition(":") for line in (SPEECH / "script.txt").read_text().splitlines() if line[:1] not in "#")
    return [Line(number, voice, text.strip()) for number, (voice, _, text) in enumerate(lines, 1)]


def turns() -> Iterator[Line]:
    """The conversation without end: the last line leads back to the first."""
    lines = script()
    while True:
        yield from lines
