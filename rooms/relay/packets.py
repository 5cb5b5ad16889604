"""What listeners' RTP packets carry: one frame of the mix or three joined, and the voices in it with their levels.

Used by fanout.py and audience.py. Pure: bytes in, bytes out; what differs per listener (sequence number, RTP time,
SSRC) is audience.py's.
"""

import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rooms.relay.mixer import Media
from rooms.relay.opus import FRAME_SAMPLES, Repacketizer

RTP_HEADER_BYTES = 12
# What SRTP may add (RFC 3711 section 3.1, RFC 7714 section 9.2), with room to spare.
TRAILER_BYTES = 32
# No packet is larger, whatever the path (RFC 8200 section 5 and the headers below RTP).
PACKET_MAX = 1200
# "One-byte header" extensions (RFC 8285 section 4.2) have ids from 1 to 14.
ONE_BYTE = 0xBEDE
ONE_BYTE_IDS = range(1, 15)

VERSION, EXTENSION = 0x80, 0x10


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of a Space: what all hear, and what those hear who are in the mix. `clock` is the Space's RTP time."""

    clock: int
    shared: Media
    own: Mapping[Any, Media]

    @property
    def is_silent(self) -> bool:
        return self.shared.is_silent and all(media.is_silent for media in self.own.values())


@dataclass(frozen=True, slots=True)
class Packet:
    """An RTP packet but for what is each listener's own (RFC 3550 section 5.1).

    `first` is the header's first octet, `clock` the Space's RTP time of the first sample; `body` is all that follows
    the fixed header, of which the last `octets` are payload.
    """

    first: int
    clock: int
    body: bytes
    octets: int


def packed(frames: Sequence[Frame], owners: Collection[Any], levels_id: int | None) -> list[tuple[Packet, dict]]:
    """The packets for `frames`, oldest first: (for all, {owner: for this one}).

    Frames become one packet where they follow each other and everybody's mix can be joined, else one each: so all
    listeners get equally many packets with the same RTP times.
    """
    if len(frames) > 1 and frames[-1].clock - frames[0].clock == FRAME_SAMPLES * (len(frames) - 1):
        whole: dict[Any, Packet] = {}
        for owner in (None, *owners):
            joined = _joined([frame.own.get(owner, frame.shared) for frame in frames], frames[0].clock, levels_id)
            if joined is None:
                break
            whole[owner] = joined
        else:
            return [(whole.pop(None), whole)]
    return [
        (
            _packet(frame.shared, frame.clock, levels_id),
            {owner: _packet(frame.own[owner], frame.clock, levels_id) for owner in owners if owner in frame.own},
        )
        for frame in frames
    ]


def _joined(media: Sequence[Media], clock: int, levels_id: int | None) -> Packet | None:
    """One packet with the newest frame's voices; None where Opus or the path's size do not allow it."""
    payload = _repacketizer().join([each.payload for each in media])
    if payload is None:
        return None
    packet = _packet(Media(payload, media[-1].csrcs, media[-1].levels), clock, levels_id)
    return packet if RTP_HEADER_BYTES + len(packet.body) + TRAILER_BYTES <= PACKET_MAX else None


def _packet(media: Media, clock: int, levels_id: int | None) -> Packet:
    first, body = VERSION | len(media.csrcs), struct.pack(f"!{len(media.csrcs)}I", *media.csrcs)
    if levels_id is not None and media.csrcs and len(media.levels) == len(media.csrcs):
        first |= EXTENSION
        body += _levels(media.levels, levels_id)
    return Packet(first, clock, body + media.payload, len(media.payload))


def _levels(levels: Sequence[int], identifier: int) -> bytes:
    """RFC 6465 section 3: one octet per CSRC, -dBov from 0 to 127, behind a one-byte element header."""
    element = bytes([identifier << 4 | len(levels) - 1, *levels])
    element += bytes(-len(element) % 4)
    return struct.pack("!HH", ONE_BYTE, len(element) // 4) + element


@cache
def _repacketizer() -> Repacketizer:
    """One for all: it holds nothing between two calls."""
    return Repacketizer()
