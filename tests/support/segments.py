"""Segments as the relay writes them, of samples: for tests and the benchmark of the mixdown."""

import struct
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path

import numpy as np

from recordings.mixdown.ogg import _crc
from rooms.relay.opus import FRAME_SAMPLES, Encoder

SEGMENT_PACKETS = 200
# An encoder's look-ahead: what a microphone hears comes out so many samples later.
DELAY = 312
_HEAD = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, 0, 48_000, 0, 0)
_TAGS = struct.pack("<8sI4sI", b"OpusTags", 4, b"test", 0)
_numbers = count()


def encoded(samples: np.ndarray, encoder: Encoder | None = None) -> list[bytes]:
    """Packets of 20 ms; what is left over is not encoded."""
    encoder = encoder or Encoder()
    frames = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    return [encoder.encode(frame) for frame in frames]


def write(folder: Path, started_us: int, packets: Sequence[bytes], samples: int = FRAME_SAMPLES) -> dict:
    """One file of any packets that last `samples` each, and its entry in a job."""
    path = folder / f"{next(_numbers)}-{started_us}.opus"
    pages = [_page(0, 0, 2, [_HEAD]), _page(0, 1, 0, [_TAGS])]
    for number, start in enumerate(range(0, len(packets), 50)):
        part = packets[start : start + 50]
        last = 4 if start + 50 >= len(packets) else 0
        pages.append(_page((start + len(part)) * samples, number + 2, last, part))
    path.write_bytes(b"".join(pages))
    return {"path": str(path), "started_us": started_us, "samples": len(packets) * samples}


def record(folder: Path, started_us: int, samples: np.ndarray) -> list[dict]:
    """A microphone that is open without a break: segments of four seconds, from one encoder."""
    return recorded(folder, started_us, encoded(samples))


def recorded(folder: Path, started_us: int, packets: Sequence[bytes]) -> list[dict]:
    return [
        write(folder, started_us + start * 20_000, packets[start : start + SEGMENT_PACKETS])
        for start in range(0, len(packets), SEGMENT_PACKETS)
    ]


def _page(granule: int, sequence: int, flags: int, packets: Iterable[bytes]) -> bytes:
    lengths = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, granule, 7, sequence, 0)
    page = head + bytes([len(lengths)]) + lengths + b"".join(packets)
    return page[:22] + struct.pack("<I", _crc(page)) + page[26:]
