"""Makes the sounds that say that a Space is recorded: `make speech`, run by hand when the words change.

Two soft notes, rising when recording begins and falling when it stops, then the words. Needs espeak-ng on PATH; the
files are committed, so nothing that runs Openfloor calls this.
"""

import shutil
import sys
from pathlib import Path

import numpy

from rooms.demo.make_speech import SAMPLE_RATE, levelled, opus, spoken
from rooms.relay.announcement import STARTED, STOPPED

# Hertz: A5 and E5, a fourth apart.
HIGH, LOW = 880.0, 659.26
NOTE_SECONDS, REST_SECONDS = 0.28, 0.12
AMPLITUDE = 0.11
VOICE = ("en-gb-x-rp+f3", 150, 34)
SOUNDS: dict[Path, tuple[tuple[float, float], str]] = {
    STARTED: ((LOW, HIGH), "This Space is now being recorded."),
    STOPPED: ((HIGH, LOW), "Recording has stopped."),
}


def main() -> None:
    espeak = shutil.which("espeak-ng")
    if espeak is None:
        sys.exit("openfloor: espeak-ng is missing. Install it: apt-get install espeak-ng")
    rest = numpy.zeros(int(SAMPLE_RATE * REST_SECONDS), numpy.float32)
    for path, (notes, words) in SOUNDS.items():
        voice = levelled(spoken(espeak, *VOICE, words))
        path.write_bytes(opus(numpy.concatenate([*map(note, notes), rest, voice, rest])))
        print(f"{path.name}, {path.stat().st_size / 1024:.0f} KiB")


def note(frequency: float) -> numpy.ndarray:
    """It swells and fades, so that nobody is startled."""
    count = int(SAMPLE_RATE * NOTE_SECONDS)
    sine = numpy.sin(2 * numpy.pi * frequency * numpy.arange(count) / SAMPLE_RATE)
    return (AMPLITUDE * sine * numpy.sin(numpy.pi * numpy.arange(count) / count)).astype(numpy.float32)


if __name__ == "__main__":
    main()
