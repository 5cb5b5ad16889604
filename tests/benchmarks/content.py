"""What is said in every system of the benchmark: people talking, and a marker that can be found again by ear."""

from pathlib import Path

import numpy as np

from rooms.demo.whip import opus_packets
from rooms.relay.opus import FRAME_SAMPLES, Decoder, Encoder
from tests.support.ears import level, sine

SPEECH = Path(__file__).resolve().parents[2] / "rooms/demo/speech"
MARKER_HZ = 3000
FRAMES, MARKER_EVERY, MARKER_FRAMES = 1000, 35, 3
# A room is never quite silent, and so the audience's packets never stop.
NOISE_RMS = 10 ** (-45 / 20)
# dBFS of the marker's tone at least, and dB by which all else in the frame may be louder.
HEARD, AMONG = -25, 3


def conversation() -> list[bytes]:
    """Twenty seconds of people talking over a little noise, with a marker tone every 0.7 s, as Opus packets."""
    decoder, encoder, sound = Decoder(), Encoder(), []
    for file in sorted(SPEECH.glob("*.opus")):
        sound += [decoder.decode(packet)[:FRAME_SAMPLES] for packet in opus_packets(file)]
    noise = np.random.default_rng(3).normal(0, NOISE_RMS, (FRAMES, FRAME_SAMPLES)).astype(np.float32)
    frames = np.resize(np.stack([each for each in sound if len(each) == FRAME_SAMPLES]), noise.shape) + noise
    for frame in range(FRAMES):
        if frame % MARKER_EVERY < MARKER_FRAMES:
            frames[frame] = sine(MARKER_HZ, frame)
    return [encoder.encode(frame) for frame in frames]


def is_marker(frame: np.ndarray) -> bool:
    """20 ms that are little else than the marker's tone."""
    tone = level(frame, MARKER_HZ)
    return tone > HEARD and tone > 10 * np.log10(2 * np.mean(frame**2) + 1e-12) - AMONG
