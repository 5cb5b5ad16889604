"""One microphone of a Space as one file: its segments in their places, silence between them, nothing decoded.

Called by recordings.session_archive. Pure but for what it is given to read: no models, no storage. Ogg Opus (RFC 7845)
in, Ogg Opus out; samples at 48 kHz.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from rooms.relay import ogg

# CELT's silence in a packet of one frame, and six of them (120 ms, code 3) in one (RFC 6716 section 3.2).
_SILENT = {960: b"\xf8\xff\xfe", 480: b"\xf0\xff\xfe", 240: b"\xe8\xff\xfe", 120: b"\xe0\xff\xfe"}
_LONG, _LONG_SILENT = 5760, b"\xfb\x06" + b"\xff\xfe" * 6
_PAGE_SAMPLES = ogg.SAMPLES_PER_SECOND

Span = tuple[int, int]


@dataclass(frozen=True)
class Piece:
    """A segment in storage. `started_us` is Unix time (µs) of its first sample."""

    started_us: int
    name: str


@dataclass
class Written:
    """What became of a track: how long it is, when (µs, from its beginning) it has sound, and how many segments storage
    did not have, or had damaged."""

    samples: int = 0
    sound_us: list[Span] = field(default_factory=list)
    missing: int = 0


def write(
    put: Callable[[bytes], None],
    pieces: Iterable[Piece],
    read: Callable[[str], bytes | None],
    *,
    origin_us: int,
    spans_us: Sequence[Span] | None,
) -> Written:
    """The track from `origin_us` (Unix time) on; of each segment only the packets inside the spans, which are in order,
    all where there are none given. `read` answers None for what is not there. Where two segments claim one moment, the
    first has it."""
    stream, written = _Stream(put), Written()
    for piece in pieces:
        data = read(piece.name)
        packets = ogg.packets(data) if data else []
        written.missing += not packets
        at = _samples(piece.started_us - origin_us)
        for packet, length in _timed(packets):
            if at >= stream.at - ogg.STEP and _inside(spans_us, origin_us, at, at + length):
                stream.silence_until(at)
                _note(written.sound_us, stream.at, length)
                stream.add(packet, length)
            at += length
    stream.finish()
    written.samples = stream.at
    return written


class _Stream:
    """Packets into pages of about a second."""

    def __init__(self, put: Callable[[bytes], None]) -> None:
        self.put, self.at, self.number = put, 0, 2
        self.packets: list[bytes] = []
        self.lacings = self.waiting = 0
        put(ogg.header(1))

    def silence_until(self, at: int) -> None:
        """To within less than the shortest packet there is."""
        while at - self.at >= _LONG:
            self.add(_LONG_SILENT, _LONG)
        for length, packet in _SILENT.items():
            while at - self.at >= length:
                self.add(packet, length)

    def add(self, packet: bytes, length: int) -> None:
        lacings = ogg.lacings(packet)
        if self.waiting >= _PAGE_SAMPLES or self.lacings + lacings > ogg.LACINGS_MAX:
            self._flush(0)
        self.packets.append(packet)
        self.lacings += lacings
        self.waiting += length
        self.at += length

    def finish(self) -> None:
        self._flush(ogg.LAST)

    def _flush(self, flags: int) -> None:
        self.put(ogg.page(self.packets, self.at, 1, self.number, flags))
        self.number += 1
        self.packets, self.lacings, self.waiting = [], 0, 0


def _timed(packets: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Each with its length; what is no packet is passed over."""
    for packet in packets:
        if length := packet_samples(packet):
            yield packet, length


def packet_samples(packet: bytes) -> int:
    """0 for what is none (RFC 6716 section 3.1 and 3.2)."""
    if not packet:
        return 0
    code = packet[0] & 3
    frames = (1, 2, 2)[code] if code < 3 else packet[1] & 63 if len(packet) > 1 else 0
    length = frames * ogg.frame_samples(packet[0])
    return length if length <= _LONG else 0


def _inside(spans_us: Sequence[Span] | None, origin_us: int, start: int, end: int) -> bool:
    if spans_us is None:
        return True
    since, until = origin_us + microseconds(start), origin_us + microseconds(end)
    number = bisect_right(spans_us, since, key=itemgetter(0)) - 1
    return number >= 0 and until <= spans_us[number][1]


def _note(sound: list[Span], at: int, length: int) -> None:
    """Adds to the stretches of sound: what follows within a second is one."""
    since, until = microseconds(at), microseconds(at + length)
    if sound and since - sound[-1][1] < 1_000_000:
        sound[-1] = sound[-1][0], until
    else:
        sound.append((since, until))


def _samples(us: int) -> int:
    return us * ogg.SAMPLES_PER_SECOND // 1_000_000


def microseconds(samples: int) -> int:
    return samples * 1_000_000 // ogg.SAMPLES_PER_SECOND
