"""A road whose uplink is captured, in simulated time, and what can be heard of the segments afterwards."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from rooms.relay import ogg, segments
from rooms.relay.capture import Tap
from rooms.relay.opus import SAMPLE_RATE, Decoder
from rooms.relay.segments import Segment
from rooms.relay.spool import Spool
from rooms.relay.writer import WRITE_SECONDS, Writer
from tests.relay.road import TICK, Road

RELAY = "00000000000000aa"
KEY = "space", "ana"
# What the road's 1000 s are in Unix time.
BEGAN_US = 1_790_000_000_000_000


class Tape(Road):
    """`segments` are the finished ones; `heard` what they sound like, each at its place."""

    def __init__(self, root: Path, min_free: float = 0.0, **options) -> None:
        super().__init__(**options)
        self.clock_set = 0.0
        self.spool = Spool(root, RELAY)
        self.writer = Writer(
            self.spool,
            min_free,
            lambda: None,
            clock=lambda: self.now,
            unix=lambda: BEGAN_US / 1e6 + self.now - 1000 + self.clock_set,
        )
        self._write_at = self.now
        self.open()

    def open(self) -> None:
        self.uplink.set_open(True)
        if not self.uplink.is_tapped:
            self.uplink.tap(Tap(self.writer, KEY))

    def mute(self) -> None:
        self.uplink.set_open(False)
        self.writer.turn(self.now)

    def travel(self, seconds: float, **options) -> "Tape":
        for _ in range(round(seconds / TICK)):
            super().travel(TICK, **options)
            if self.now >= self._write_at:
                self._write_at += WRITE_SECONDS
                self.writer.turn(self.now)
        return self

    @property
    def segments(self) -> list[Segment]:
        return sorted(self.spool.finished(), key=lambda segment: segment.started_us)

    def heard(self, seconds: float) -> np.ndarray:
        """The first seconds of the road's time."""
        return heard(self.segments, BEGAN_US, seconds)


def heard(some: Iterable[Segment], began_us: int, seconds: float) -> np.ndarray:
    """Segments as they lie in time, from a moment on; segments that go on are one stream to the decoder."""
    sound, decoder, ended = np.zeros(round(seconds * SAMPLE_RATE), np.float32), Decoder(), None
    for segment in some:
        if segment.started_us != ended:
            decoder = Decoder()
        ended = segment.ended_us
        decoded = np.concatenate([decoder.decode(packet) for packet in whole_packets(segment)])
        at = round((segment.started_us - began_us) * SAMPLE_RATE / 1e6)
        room = sound[max(0, at) : at + len(decoded)]
        room += decoded[max(0, -at) :][: len(room)]
    return sound


def whole_packets(segment: Segment) -> list[bytes]:
    """The packets of a file in which nothing is wrong."""
    data = segment.path.read_bytes()
    assert ogg.mended(data) == (data, segment.samples), "it is not whole"
    assert segment.path.name == f"{segment.started_us}-{segment.samples}.opus"
    assert segment.samples <= segments.SEGMENT_SAMPLES
    found = ogg.packets(data)
    assert sum(map(ogg_samples, found)) == segment.samples
    return found


def ogg_samples(packet: bytes) -> int:
    code = packet[0] & 3
    return ogg.frame_samples(packet[0]) * (1 if code == 0 else 2 if code < 3 else packet[1] & 63)


def onsets(sound: np.ndarray, quiet: float = 0.1, loud: float = 0.02) -> list[float]:
    """Seconds at which sound begins after so many seconds of quiet."""
    step = 48
    levels = np.abs(sound[: len(sound) // step * step]).reshape(-1, step).max(axis=1)
    found, silent = [], quiet * 1000
    for number, each in enumerate(levels):
        if each > loud:
            if silent >= quiet * 1000:
                found.append(number * step / SAMPLE_RATE)
            silent = 0
        else:
            silent += 1
    return found
