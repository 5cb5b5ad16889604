"""Segments as the relay writes them, of samples: for tests and the benchmark of the mixdown."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path

import numpy as np

from rooms.relay import ogg
from rooms.relay.opus import FRAME_SAMPLES, Encoder

SEGMENT_PACKETS = 200
_numbers = count()


def encoded(samples: np.ndarray, encoder: Encoder | None = None) -> list[bytes]:
    """Packets of 20 ms; what is left over is not encoded."""
    encoder = encoder or Encoder()
    frames = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    return [encoder.encode(frame) for frame in frames]


def write(folder: Path, started_us: int, packets: Sequence[bytes], samples: int = FRAME_SAMPLES) -> dict:
    """One file of any packets that last `samples` each, and its entry in a job."""
    path = folder / f"{next(_numbers)}-{started_us}.opus"
    pages = [ogg.header(serial=7)]
    for number, start in enumerate(range(0, len(packets), 50)):
        part = packets[start : start + 50]
        last = ogg.LAST if start + 50 >= len(packets) else 0
        pages.append(ogg.page(part, (start + len(part)) * samples, 7, number + 2, last))
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
