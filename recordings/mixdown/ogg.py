"""The Opus packets of a segment: a reader of Ogg pages (RFC 3533) that trusts nothing.

Used by track.py. A segment is read whole: it has a few seconds.
"""

import struct
import zlib
from pathlib import Path

_HEADER = struct.Struct("<4sBBqIIIB")
_CRC_AT, _CONTINUED = 22, 1
# Ogg's checksum is zlib's with every byte, and itself, read from the other end.
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def packets(path: Path) -> tuple[list[bytes], bool]:
    """(Opus packets without the two headers, whether the file is whole). Of a damaged file what lies before the damage.

    Raises FileNotFoundError.
    """
    found, is_whole = _packets(path.read_bytes())
    if not found or not found[0].startswith(b"OpusHead") or len(found) < 2:
        return [], False
    return found[2:], is_whole


def _packets(content: bytes) -> tuple[list[bytes], bool]:
    complete: list[bytes] = []
    part, at, number = b"", 0, None
    while at < len(content):
        page = _page(content, at)
        if page is None:
            return complete, False
        flags, sequence, lengths, at = page
        if (number is not None and sequence != number + 1) or bool(part) != bool(flags & _CONTINUED):
            return complete, False
        number = sequence
        for length in lengths:
            part += content[at : at + length]
            at += length
            if length < 255:
                complete.append(part)
                part = b""
    return complete, not part


def _page(content: bytes, at: int) -> tuple[int, int, bytes, int] | None:
    """(flags, sequence number, lengths of its parts, where they begin); None unless there is a sound page at `at`."""
    if len(content) < at + _HEADER.size:
        return None
    capture, version, flags, _, _, sequence, checksum, count = _HEADER.unpack_from(content, at)
    body = at + _HEADER.size + count
    lengths = content[at + _HEADER.size : body]
    end = body + sum(lengths)
    if capture != b"OggS" or version or len(lengths) < count or end > len(content):
        return None
    blank = content[at : at + _CRC_AT] + bytes(4) + content[at + _CRC_AT + 4 : end]
    return (flags, sequence, lengths, body) if _crc(blank) == checksum else None


def _crc(page: bytes) -> int:
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")
