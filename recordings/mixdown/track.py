"""One person's microphone on the wall clock: the segments where they belong, and of those only what may be heard.

Used by mix.py. What lies outside of the given ranges is silence to the sample, and a segment that lies wholly outside
is not even opened.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recordings.mixdown import speech
from recordings.mixdown.job import SEGMENT_SAMPLES_MAX, Range, Segment
from recordings.mixdown.stream import Count, Stream
from rooms.relay import ogg
from rooms.relay.opus import PACKET_SAMPLES_MAX

# What a decoder gives is so much later than what the encoder was given: libopus' look-ahead at 48 kHz (RFC 7845
# section 4.2 calls for skipping it).
CODEC_DELAY = 312
# Segments whose end and beginning are nearer than this belong together (20 ms); nearer than 2 ms they are not moved.
TOGETHER, EXACT = 960, 96
# 5 ms in which sound that is cut begins and ends, and 10 ms in which it slips from one place to another.
EDGE = np.linspace(0, 1, 240, dtype=np.float32)
SLIP = np.linspace(0, 1, 480, dtype=np.float32)


@dataclass
class Tally:
    """What became of a track's segments."""

    mixed: int = 0
    damaged: int = 0
    missing: int = 0


@dataclass
class _Opened:
    start: int
    end: int
    packets: list[bytes]


class Track:
    """`read` it forwards. `heard` are ranges of the wall, in order, without overlaps; `start_of` says where a segment
    begins there."""

    def __init__(self, segments: list[Segment], heard: list[Range], epoch_us: int) -> None:
        self.tally, self.count = Tally(), Count()
        self._segments, self._heard, self._epoch_us = segments, heard, epoch_us
        self._parts = self._audible()
        self._part: tuple[int, np.ndarray] | None = None

    def read(self, start: int, samples: int) -> np.ndarray | None:
        """So many samples from `start`; None where there are none at all."""
        block = None
        while (part := self._part or next(self._parts, None)) is not None:
            self._part = part
            position, sound = part
            if position >= start + samples:
                break
            since, until = max(position, start), min(position + len(sound), start + samples)
            if since < until:
                block = np.zeros(samples, np.float32) if block is None else block
                block[since - start : until - start] = sound[since - position : until - position]
            if position + len(sound) > start + samples:
                break
            self._part = None
        return block

    def _audible(self) -> Iterator[tuple[int, np.ndarray]]:
        """Position and samples of what may be heard, its ends softened."""
        for position, samples in self._placed():
            for since, until in self._heard:
                first, last = max(since, position), min(until, position + len(samples))
                if first < last:
                    part = samples[first - position : last - position].copy()
                    head, tail = EDGE[first - since :], EDGE[until - last :]
                    part[: len(head)] *= head[: len(part)]
                    part[max(0, len(part) - len(tail)) :] *= tail[::-1][max(0, len(tail) - len(part)) :]
                    yield first, part

    def _placed(self) -> Iterator[tuple[int, np.ndarray]]:
        """Position and samples of the segments, in order; those of one talk without a hole or a step between them."""
        stream, opened = Stream(self.count), self._opened()
        this, end, before = next(opened, None), None, np.zeros(0, np.float32)
        while this is not None:
            following = next(opened, None)
            is_followed = following is not None and abs(following.start - this.end) <= TOGETHER
            goes_on = end is not None
            if not goes_on:
                stream.reset()
                end = this.start
            samples = stream.decode(this.packets, following.packets if is_followed else ())
            decoded = samples
            if goes_on:
                samples = _slip(before, samples, this.start - end)
            else:
                samples[: len(EDGE)] *= EDGE[: len(samples)]
            if not is_followed:
                # Of two that claim the same time the later counts.
                if following is not None:
                    samples = samples[: max(0, following.start - end)]
                samples[max(0, len(samples) - len(EDGE)) :] *= EDGE[::-1][max(0, len(EDGE) - len(samples)) :]
            yield end, samples
            end = end + len(samples) if is_followed else None
            before, this = decoded[-TOGETHER:], following

    def _opened(self) -> Iterator[_Opened]:
        for segment in self._segments:
            start = (segment.started_us - self._epoch_us) * 6 // 125 - CODEC_DELAY
            if not any(since < start + segment.samples + TOGETHER and start < until for since, until in self._heard):
                continue
            if segment.samples > SEGMENT_SAMPLES_MAX:
                self.tally.damaged += 1
                continue
            try:
                content = segment.path.read_bytes()
            except FileNotFoundError:
                self.tally.missing += 1
                continue
            packets, is_whole = unpacked(content)
            ends = np.cumsum([speech.length(packet) for packet in packets])
            # What a packet claims to last costs memory.
            count = int(np.searchsorted(ends, segment.samples + PACKET_SAMPLES_MAX, "right"))
            self.tally.mixed += bool(count)
            self.tally.damaged += not is_whole
            if count:
                yield _Opened(start, start + int(ends[count - 1]), packets[:count])


def unpacked(content: bytes) -> tuple[list[bytes], bool]:
    """(packets of a segment's file as far as it is sound, whether it is to its end)."""
    pages = list(ogg.pages(content))
    packets = [packet for page in pages for packet in page.packets]
    if (
        len(pages) < 3
        or not packets[0].startswith(b"OpusHead")
        or [page.number for page in pages] != list(range(len(pages)))
    ):
        return [], False
    return packets[2:], pages[-1].end == len(content)


def _slip(before: np.ndarray, samples: np.ndarray, offset: int) -> np.ndarray:
    """`samples` brought later (or, below zero, earlier) by `offset` for those that come after them, without a click.

    `before` is what they follow. A microphone's clock is not ours, and runs away by milliseconds in minutes.
    """
    if abs(offset) <= EXACT or len(samples) < len(SLIP) + abs(offset) or len(before) < offset:
        return samples
    other = np.concatenate((before[-offset:], samples)) if offset > 0 else samples[-offset:]
    faded = samples[: len(SLIP)] * SLIP[::-1] + other[: len(SLIP)] * SLIP
    return np.concatenate((faded, other[len(SLIP) :]))
