"""Which packets of a microphone are worth decoding: an open microphone is mostly a quiet room.

Used by stream.py. Nothing is decoded here. A SILK or hybrid frame says whether its encoder found a voice in it (RFC
6716 section 4.2.3); that is no proof of silence, because a held tone is no voice either, so stream.py listens in.
"""

from collections.abc import Sequence

import numpy as np

from rooms.relay.opus import DTX_BYTES

# Samples of a frame by configuration (RFC 6716 table 2), and the bits in which its voice flags lie.
_FRAME = [480, 960, 1920, 2880] * 3 + [480, 960] * 2 + [120, 240, 480, 960] * 4
_VOICE_BITS = [0x80, 0x80, 0xC0, 0xE0] * 3 + [0x80] * 4
_CELT, _STEREO, _FRAMES = 0x80, 0x04, 0x03

# What is kept around a voice, in packets (20 ms): breath before it, and its fading out after it.
BEFORE, AFTER = 6, 25
# A single packet in which the encoder thought it found one, with none as near as this, is the room's noise.
ALONE = 4
# Concealment of what never came is guesswork, and ends after so many packets.
CONCEALED = 5


def length(packet: bytes) -> int:
    """In samples; 0 for what is no packet."""
    if not packet:
        return 0
    frame, code = _FRAME[packet[0] >> 3], packet[0] & _FRAMES
    if code < 3:
        return frame if code == 0 else 2 * frame
    samples = frame * (packet[1] & 63) if len(packet) > 1 else 0
    return samples if samples <= 5760 else 0


def may_be_voice(packet: bytes) -> bool:
    """False only where the encoder said so; what does not say, or says it in a less simple way, may be."""
    if len(packet) <= DTX_BYTES:
        return False
    toc = packet[0]
    return bool(toc & (_CELT | _STEREO | _FRAMES) or packet[1] & _VOICE_BITS[toc >> 3])


def near_voice(voice: Sequence[bool], ahead: Sequence[bool], since: int) -> tuple[np.ndarray, int]:
    """(which packets lie near a voice, `since` for the next time).

    `ahead` are the first packets of what follows, and `since` counts the packets since the last voice before.
    """
    count = len(voice)
    index = np.arange(count + len(ahead))
    flags = _accompanied(np.array([*voice, *ahead], bool), since)
    last = np.maximum.accumulate(np.where(flags, index, -since))[:count]
    following = np.where(flags, index, len(index) + BEFORE + 1)
    following = np.minimum.accumulate(following[::-1])[::-1][:count]
    near = (index[:count] - last <= AFTER) | (following - index[:count] <= BEFORE)
    return near, int(count - last[-1]) if count else since


def _accompanied(flags: np.ndarray, since: int) -> np.ndarray:
    found = np.flatnonzero(flags)
    # What lies at either end may have company beyond it.
    around = np.diff(found, prepend=-min(since, ALONE), append=len(flags))
    kept = flags.copy()
    kept[found[(around[:-1] > ALONE) & (around[1:] > ALONE)]] = False
    return kept


def runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """[from, to) of every run of true ones."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
