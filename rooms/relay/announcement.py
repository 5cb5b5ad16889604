"""What everybody in a Space hears, and nobody said: that recording begins, and that it stops.

Called by live_room.py. It goes into the mix itself, so that listeners of any kind hear it; it is no microphone's, so it
is in nobody's segments, counts as nobody's talking and has no CSRC. rooms.demo.make_announcements makes the sounds.
"""

from collections import deque
from functools import cache
from pathlib import Path

import av
import numpy as np

from rooms.relay.opus import FRAME_SAMPLES, SAMPLE_RATE

SOUNDS = Path(__file__).resolve().parent / "announcements"
STARTED, STOPPED = SOUNDS / "recording-started.opus", SOUNDS / "recording-stopped.opus"


class Announcement:
    """What is being announced in one Space, 20 ms after 20 ms; `recording` is how things are, which is no news."""

    def __init__(self, recording: bool) -> None:
        self._recording = recording
        self._frames: deque[np.ndarray] = deque()
        # Not in the middle of a tick.
        for path in (STARTED, STOPPED):
            frames(path)

    def follow(self, recording: bool) -> None:
        """The newest change alone is announced."""
        if recording != self._recording:
            self._recording = recording
            self._frames = deque(frames(STARTED if recording else STOPPED))

    def take(self) -> np.ndarray | None:
        """What to hear in this tick, if anything."""
        return self._frames.popleft() if self._frames else None

    @property
    def is_over(self) -> bool:
        return not self._frames

    def skip(self) -> None:
        """Nobody listens."""
        self._frames.clear()


@cache
def frames(path: Path) -> tuple[np.ndarray, ...]:
    """A sound file as frames of 20 ms, float32 mono at 48 kHz, decoded once; the last is filled up with silence."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    with av.open(str(path)) as container:
        decoded = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    samples = np.concatenate([frame.to_ndarray()[0] for frame in decoded])
    samples = np.pad(samples, (0, -len(samples) % FRAME_SAMPLES))
    samples.setflags(write=False)
    return tuple(samples.reshape(-1, FRAME_SAMPLES))
