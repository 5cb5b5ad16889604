"""Samples into files that browsers and podcast apps play: AAC in MP4, Opus in Ogg (PyAV).

Used by mix.py and redact.py. Written aside; `Files.settle` gives all of them their names once all are whole.
"""

import contextlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np

from rooms.relay.opus import SAMPLE_RATE

# Frames of AAC have 1,024 samples and ours of Opus 960: what is a multiple of both is equally long in both.
WHOLE = 15_360


@dataclass(frozen=True)
class Kind:
    codec: str
    container: str
    bit_rate: int
    sample_format: str
    options: dict[str, str] = field(default_factory=dict)
    movflags: dict[str, str] = field(default_factory=dict)


KINDS = {
    # The index first, so that a player may begin before it has the end.
    "m4a": Kind("aac", "ipod", 64_000, "fltp", movflags={"movflags": "+faststart"}),
    "opus": Kind("libopus", "ogg", 36_000, "flt", {"application": "audio"}),
}


class Files:
    """What is being written; nothing has its name yet."""

    def __init__(self) -> None:
        self._aside: dict[Path, Path] = {}

    def write(
        self, path: Path, kind: Kind, title: str, chunks: Iterable[np.ndarray], note: Callable[[int], None]
    ) -> None:
        """`chunks` are float32 samples in -1..1; `note` learns of every so many that are done."""
        aside = self._aside[path] = path.with_name(f"{path.name}.part")
        with av.open(str(aside), "w", format=kind.container, options=kind.movflags) as container:
            if title:
                container.metadata["title"] = title
            stream = container.add_stream(kind.codec, rate=SAMPLE_RATE, options=kind.options)
            stream.layout, stream.bit_rate, stream.format = "mono", kind.bit_rate, kind.sample_format
            at = 0
            for samples in chunks:
                frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None]), kind.sample_format, "mono")
                frame.sample_rate, frame.pts = SAMPLE_RATE, at
                at += len(samples)
                container.mux(stream.encode(frame))
                note(len(samples))
            container.mux(stream.encode(None))
        with open(aside, "rb") as file:
            os.fsync(file.fileno())

    def settle(self) -> dict[Path, int]:
        """All at once get their names; returns their sizes."""
        sizes = {}
        for path, aside in self._aside.items():
            sizes[path] = aside.stat().st_size
            aside.replace(path)
        for folder in {path.parent for path in self._aside}:
            handle = os.open(folder, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
        self._aside.clear()
        return sizes

    def discard(self) -> None:
        for aside in self._aside.values():
            with contextlib.suppress(FileNotFoundError):
                aside.unlink()
