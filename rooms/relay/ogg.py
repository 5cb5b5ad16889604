"""Ogg Opus, page by page (RFC 3533, RFC 7845): written, read, and made whole where the writer was killed.

Used by segments.py and track.py, and by whoever reads what they wrote. Pure: bytes in, bytes out. One mono stream,
pre-skip 0, no packet longer than a page. Lengths are in samples at 48 kHz, which is what granule positions count.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

SAMPLES_PER_SECOND = 48_000
# Bits of a page's header type (RFC 3533 section 6).
CONTINUED, FIRST, LAST = 1, 2, 4
# The most lacing values of a page; a packet takes one for each 255 bytes and one for the rest.
LACINGS_MAX = 255
# The shortest frame there is (2.5 ms), and so the shortest hole that can be filled.
STEP = 120

_HEADER = struct.Struct("<4sBBqIIIB")
_CRC_AT = 22
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_HEAD = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, 0, SAMPLES_PER_SECOND, 0, 0)
_VENDOR = b"openfloor"
_TAGS = b"OpusTags" + struct.pack("<I", len(_VENDOR)) + _VENDOR + struct.pack("<I", 0)
# RFC 6716 section 3.1, table 2: CELT's configurations of the same bandwidth, by those of SILK and hybrid frames.
_CELT_NARROW, _CELT_WIDE, _CELT_SUPER, _CELT_FULL = 16, 20, 24, 28


class Page(NamedTuple):
    """`end` is where the next one begins; `granule` counts all samples up to the end of its last packet."""

    flags: int
    granule: int
    serial: int
    number: int
    packets: list[bytes]
    start: int
    end: int


def header(serial: int) -> bytes:
    """The two pages before the sound: what it is, and no comments (RFC 7845 section 5)."""
    return page([_HEAD], 0, serial, 0, FIRST) + page([_TAGS], 0, serial, 1)


def page(packets: Iterable[bytes], granule: int, serial: int, number: int, flags: int = 0) -> bytes:
    """One page with whole packets, which need at most LACINGS_MAX of `lacings` altogether."""
    sizes = [len(packet) for packet in packets]
    lacing = b"".join(b"\xff" * (size // 255) + bytes((size % 255,)) for size in sizes)
    bare = _HEADER.pack(b"OggS", 0, flags, granule, serial, number, 0, len(lacing)) + lacing + b"".join(packets)
    return _sealed(bare)


def lacings(packet: bytes) -> int:
    """What a packet takes of a page's LACINGS_MAX."""
    return len(packet) // 255 + 1


def pages(data: bytes) -> Iterator[Page]:
    """Whole pages from the start; ends before the first that is torn, damaged or none of this kind."""
    start = 0
    while (found := _page_at(data, start)) is not None:
        yield found
        start = found.end


def packets(data: bytes) -> list[bytes]:
    """The Opus packets of a file in order, as far as it is whole."""
    return [packet for each in _stream(data)[2:] for packet in each.packets]


def mended(data: bytes) -> tuple[bytes, int]:
    """(the whole pages of a torn file, marked as ended; how many samples they hold). Nothing of use: (b"", 0).

    Not longer than `data`, and up to its last page the same, so that it can be written over it where the disk is full.
    """
    whole = _stream(data)
    if len(whole) < 3 or whole[-1].granule <= 0:
        return b"", 0
    last = whole[-1]
    flags = bytes((last.flags | LAST,))
    return data[: last.start] + _sealed(data[last.start : last.start + 5] + flags + data[last.start + 6 : last.end]), (
        last.granule
    )


def frame_samples(toc: int) -> int:
    """How long one frame of a packet with this first byte is (RFC 6716 section 3.1)."""
    configuration = toc >> 3
    if configuration < 12:
        return (480, 960, 1920, 2880)[configuration & 3]
    if configuration < 16:
        return (480, 960)[configuration & 1]
    return (120, 240, 480, 960)[configuration & 3]


def concealing(toc: int, samples: int) -> Iterator[tuple[bytes, int]]:
    """(packet, samples) to put in the place of what is missing after a packet with this first byte: no sound, but a
    decoder is told to conceal so much (RFC 7845 section 4.1). What is left of less than STEP is not filled.
    """
    # Code 0: one frame, of no bytes.
    same, length = bytes((toc & ~3,)), frame_samples(toc)
    for _ in range(samples // length):
        yield same, length
    rest, celt = samples % length, _celt(toc >> 3)
    for size, length in ((2, 480), (1, 240), (0, STEP)):
        while rest >= length:
            yield bytes((celt + size << 3 | toc & 4,)), length
            rest -= length


def _celt(configuration: int) -> int:
    if configuration >= _CELT_NARROW:
        return configuration & ~3
    if configuration >= 14:
        return _CELT_FULL
    if configuration >= 12:
        return _CELT_SUPER
    return _CELT_WIDE if configuration >= 4 else _CELT_NARROW


def _stream(data: bytes) -> list[Page]:
    """Pages that follow each other as this module writes them, headers included."""
    found: list[Page] = []
    for each in pages(data):
        is_next = each.number == len(found) and bool(each.flags & FIRST) == (not found)
        if not is_next or found and (each.serial != found[0].serial or each.granule < found[-1].granule):
            break
        if len(found) < 2 and not (each.packets and each.packets[0].startswith((b"OpusHead", b"OpusTags")[len(found)])):
            break
        found.append(each)
        if each.flags & LAST:
            break
    return found


def _page_at(data: bytes, start: int) -> Page | None:
    if len(data) < start + _HEADER.size:
        return None
    magic, version, flags, granule, serial, number, _, count = _HEADER.unpack_from(data, start)
    body = start + _HEADER.size + count
    lacing = data[start + _HEADER.size : body]
    end = body + sum(lacing)
    # The last lacing value of a packet that goes on in the next page is 255.
    if magic != b"OggS" or version or flags & CONTINUED or len(data) < end or lacing.endswith(b"\xff"):
        return None
    if _sealed(data[start:end]) != data[start:end]:
        return None
    found, size = [], 0
    for each in lacing:
        size += each
        if each < 255:
            found.append(data[body : body + size])
            body, size = body + size, 0
    return Page(flags, granule, serial, number, found, start, end)


def _sealed(whole: bytes) -> bytes:
    """A page with its checksum in place.

    Ogg's CRC is zlib's, bit by bit the other way round, from 0 and without the final inversion (RFC 3533 section 6).
    """
    bare = whole[:_CRC_AT] + bytes(4) + whole[_CRC_AT + 4 :]
    mirrored = zlib.crc32(bare.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    crc = mirrored.to_bytes(4, "little").translate(_MIRRORED)[::-1]
    return bare[:_CRC_AT] + crc + bare[_CRC_AT + 4 :]
