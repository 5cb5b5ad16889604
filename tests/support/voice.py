"""Somebody who goes on talking: the demo's host, as samples and as Opus packets."""

import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from rooms.relay.opus import FRAME_SAMPLES, Encoder
from tests.support import sound

_SPEECH = Path(__file__).parents[2] / "rooms/demo/speech/01-host.opus"


@cache
def samples() -> np.ndarray:
    """About fifteen seconds, mono at 48 kHz, in whole frames."""
    spoken = sound.read_opus(_SPEECH)
    return spoken[: len(spoken) // FRAME_SAMPLES * FRAME_SAMPLES]


@cache
def _encoded() -> list[bytes]:
    encoder = Encoder()
    return [encoder.encode(frame) for frame in samples().reshape(-1, FRAME_SAMPLES)]


def packets() -> Iterator[bytes]:
    """Without end, 20 ms each, with in-band FEC laid out for one loss in ten."""
    return itertools.cycle(_encoded())
