"""What listeners report by RTCP: packets they miss (RFC 4585) and how well the rest arrive (RFC 3550 section 6.4).

Called by downlink.py with what SRTCP has authenticated. Never raises, whatever the bytes; what cannot be read is left
out.
"""

import struct
from dataclasses import dataclass

from rooms.relay.opus import SAMPLE_RATE

SENDER_REPORT, RECEIVER_REPORT, TRANSPORT_FEEDBACK = 200, 201, 205
GENERIC_NACK = 1
BLOCK_BYTES = 24
# Packets one compound may ask for; a second has 50.
MISSED_MAX = 64


@dataclass(frozen=True)
class Reception:
    """A report block: the share lost since the last one (0..1), and the interarrival jitter in seconds."""

    lost: float
    jitter: float


def parse(compound: bytes, ssrc: int) -> tuple[Reception | None, list[int]]:
    """(the last report on `ssrc`, sequence numbers of `ssrc` that are missed, MISSED_MAX at most)."""
    reception, missed, position = None, [], 0
    while position + 8 <= len(compound):
        first, kind, words = struct.unpack_from("!BBH", compound, position)
        end = position + 4 + 4 * words
        if first >> 6 != 2 or end > len(compound):
            break
        if kind in (SENDER_REPORT, RECEIVER_REPORT):
            blocks = position + (28 if kind == SENDER_REPORT else 8)
            reception = _reception(compound[blocks:end], first & 0x1F, ssrc) or reception
        elif kind == TRANSPORT_FEEDBACK and first & 0x1F == GENERIC_NACK:
            missed += _missed(compound[position + 8 : end], ssrc)
        position = end
    return reception, missed[:MISSED_MAX]


def _reception(blocks: bytes, count: int, ssrc: int) -> Reception | None:
    for start in range(0, min(count, len(blocks) // BLOCK_BYTES) * BLOCK_BYTES, BLOCK_BYTES):
        source, fraction, jitter = struct.unpack_from("!IB7xI", blocks, start)
        if source == ssrc:
            return Reception(fraction / 256, jitter / SAMPLE_RATE)
    return None


def _missed(feedback: bytes, ssrc: int) -> list[int]:
    """RFC 4585 section 6.2.1: a packet id and a mask of the 16 that follow it."""
    if len(feedback) < 4 or int.from_bytes(feedback[:4], "big") != ssrc:
        return []
    found = []
    for start in range(4, min(len(feedback) - 3, 4 + 4 * MISSED_MAX), 4):
        packet, mask = struct.unpack_from("!HH", feedback, start)
        found.append(packet)
        found += [packet + 1 + bit & 0xFFFF for bit in range(16) if mask >> bit & 1]
    return found
