"""The demo's conversation: who says what, when, as Opus packets. Read by rundemo and make_speech; knows no network.

Nothing is encoded at run time: the packets are those of the shipped files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SPEECH = Path(__file__).resolve().parent / "speech"
# One Opus packet (s), and the breath between two turns in packets: 0.26 s, below the half second that feels like a gap.
PACKET_SECONDS = 0.02
BREATH_PACKETS = 13
# A 20 ms Opus frame of digital silence: TOC of CELT fullband mono, then an empty range coder (RFC 6716, 3.1).
SILENT_PACKET = b"\xf8\xff\xfe"


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
        import av

        with av.open(str(self.path)) as container:
            return tuple(bytes(packet) for packet in container.demux(audio=0) if packet.size)


def script() -> list[Line]:
    lines = (line.partition(":") for line in (SPEECH / "script.txt").read_text().splitlines() if line[:1] not in "#")
    return [Line(number, voice, text.strip()) for number, (voice, _, text) in enumerate(lines, 1)]


def turns() -> Iterator[Line]:
    """The conversation without end: the last line leads back to the first."""
    lines = script()
    while True:
        yield from lines
