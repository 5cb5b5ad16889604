"""What strangers may send the relay: SDP offers and STUN requests, judged before any library parses them.

Called by session.py (offers) and port.py (datagrams). Pure: opens no socket, keeps no state, and its verdict on
garbage is always an answer, never an exception other than Refused.
"""

import hashlib
import hmac
import math
import re
import socket
import struct
import zlib
from collections.abc import Iterator

from rooms.relay.protocol import Refusal

EXTENSIONS_MAX = 16
MAGIC_COOKIE = b"\x21\x12\xa4\x42"
BINDING_REQUEST, BINDING_RESPONSE, BINDING_ERROR = 0x0001, 0x0101, 0x0111
USERNAME, MESSAGE_INTEGRITY = 0x0006, 0x0008
HEADER_BYTES, INTEGRITY_BYTES = 20, 24

_OPUS = re.compile(r"^a=rtpmap:\d+ opus/48000/2\s*$", re.IGNORECASE)
_STRIPPED = re.compile(r"^a=(candidate:|end-of-candidates|remote-candidates:|group:)", re.IGNORECASE)
_DIRECTIONS = {"a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"}
# The offerer's directions with which we can do what was asked (RFC 9725 section 4.2; WHEP mirrors it).
_WANTED = {"whip": {"a=sendrecv", "a=sendonly"}, "whep": {"a=sendrecv", "a=recvonly"}}
# Attributes without which nobody can connect, and how many characters they have (RFC 8839 section 5.4).
_NEEDED = [("a=ice-ufrag:", 4, 256), ("a=ice-pwd:", 22, 256), ("a=fingerprint:", 1, math.inf)]


class Refused(Exception):
    """An offer that is turned away, with the refusal to send back."""

    def __init__(self, status: int, code: str, retry_after: int = 0) -> None:
        super().__init__(code)
        self.refusal = Refusal(status, code, retry_after)


def checked_offer(sdp: str, kind: str, max_bytes: int) -> str:
    """The offer without candidates and groups. Raises Refused: 413 too_large, 422 not_sdp, video_offered, no_audio.

    Candidates are stripped because the relay learns the peer's address from authenticated checks (RFC 8445, 7.3.1.3):
    an offer then cannot make it send anything to an address of the offerer's choice. Groups are stripped because a
    single section has nothing to be bundled with, and aiortc believes a group that names others before it.
    """
    if len(sdp.encode(errors="replace")) > max_bytes:
        raise Refused(413, "too_large")
    # Cut where aiortc cuts, or it would read lines that were never looked at.
    lines = sdp.splitlines() or [""]
    if lines[0].strip() != "v=0" or "\0" in sdp or not sdp.isascii():
        raise Refused(422, "not_sdp")
    sections = [line for line in lines if line.startswith("m=")]
    if any(section.startswith("m=video") for section in sections):
        raise Refused(422, "video_offered")
    if len(sections) != 1 or not re.match(r"m=audio [1-9]\d{0,4} ", sections[0]):
        raise Refused(422, "no_audio")
    if not any(_OPUS.match(line) for line in lines):
        raise Refused(422, "no_audio")
    directions = [line.strip() for line in lines if line.strip() in _DIRECTIONS] or ["a=sendrecv"]
    if len(set(directions)) != 1 or directions[0] not in _WANTED[kind]:
        raise Refused(422, "no_audio")
    for needed, least, most in _NEEDED:
        values = [line.removeprefix(needed).strip() for line in lines if line.startswith(needed)]
        if not values or not all(least <= len(value) <= most for value in values):
            raise Refused(422, "not_sdp")
    if sum(line.startswith("a=extmap:") for line in lines) > EXTENSIONS_MAX:
        raise Refused(422, "not_sdp")
    return "\r\n".join(line for line in lines if line and not _STRIPPED.match(line)) + "\r\n"


def stun_type(datagram: bytes) -> int | None:
    """Message type of a well-framed STUN datagram (RFC 8489 section 5), else None."""
    if len(datagram) < HEADER_BYTES or datagram[4:8] != MAGIC_COOKIE:
        return None
    if len(datagram) != HEADER_BYTES + int.from_bytes(datagram[2:4], "big"):
        return None
    return int.from_bytes(datagram[:2], "big")


def binding_request(datagram: bytes) -> tuple[bytes, int] | None:
    """(local user name, offset of MESSAGE-INTEGRITY) of a Binding request; None when it has no such pair.

    `datagram` must have passed stun_type. USERNAME is "ours:theirs" (RFC 8445 section 7.2.2).
    """
    username = None
    for kind, position, length in _attributes(datagram):
        if kind == MESSAGE_INTEGRITY:
            whole = length == 20 and position + INTEGRITY_BYTES <= len(datagram)
            return (username.partition(b":")[0], position) if whole and username is not None else None
        if kind == USERNAME:
            username = datagram[position + 4 : position + 4 + length]
    return None


def integrity_at(datagram: bytes) -> int | None:
    """Offset of MESSAGE-INTEGRITY in a datagram that passed stun_type, or None."""
    for kind, position, length in _attributes(datagram):
        if kind == MESSAGE_INTEGRITY:
            return position if length == 20 and position + INTEGRITY_BYTES <= len(datagram) else None
    return None


def _attributes(datagram: bytes) -> Iterator[tuple[int, int, int]]:
    """(type, offset, length of the value) of each STUN attribute."""
    position = HEADER_BYTES
    while position + 4 <= len(datagram):
        kind = int.from_bytes(datagram[position : position + 2], "big")
        length = int.from_bytes(datagram[position + 2 : position + 4], "big")
        yield kind, position, length
        position += 4 + length + (-length & 3)


class StunKey:
    """One peer's short-term credential (RFC 8489 section 9.1): checks its requests and signs the answers.

    The two SHA-1 states of HMAC (RFC 2104) are prepared once, so that a check costs two copies and no key schedule.
    """

    def __init__(self, password: str) -> None:
        key = password.encode()
        if len(key) > 64:
            key = hashlib.sha1(key, usedforsecurity=False).digest()
        key = key.ljust(64, b"\0")
        self._inner = hashlib.sha1(bytes(byte ^ 0x36 for byte in key), usedforsecurity=False)
        self._outer = hashlib.sha1(bytes(byte ^ 0x5C for byte in key), usedforsecurity=False)

    def verifies(self, datagram: bytes, integrity_at: int) -> bool:
        # The length field counts up to and including MESSAGE-INTEGRITY (RFC 8489 section 14.5).
        length = (integrity_at + INTEGRITY_BYTES - HEADER_BYTES).to_bytes(2, "big")
        expected = self._hmac(datagram[:2] + length + datagram[4:integrity_at])
        return hmac.compare_digest(expected, datagram[integrity_at + 4 : integrity_at + INTEGRITY_BYTES])

    def response(self, transaction: bytes, mapped_address: bytes) -> bytes:
        """A signed Binding response. `mapped_address` is a whole XOR-MAPPED-ADDRESS attribute."""
        return self.signed(BINDING_RESPONSE, transaction, mapped_address)

    def signed(self, kind: int, transaction: bytes, attributes: bytes) -> bytes:
        """A message of whole attributes, MESSAGE-INTEGRITY and FINGERPRINT (RFC 8489 sections 14.5, 14.7) added."""
        first, body = kind.to_bytes(2, "big"), MAGIC_COOKIE + transaction + attributes
        length = len(attributes) + INTEGRITY_BYTES
        integrity = self._hmac(first + length.to_bytes(2, "big") + body)
        message = first + (length + 8).to_bytes(2, "big") + body + b"\0\x08\0\x14" + integrity
        return message + b"\x80\x28\0\x04" + (zlib.crc32(message) ^ 0x5354554E).to_bytes(4, "big")

    def _hmac(self, data: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(data)
        outer.update(inner.digest())
        return outer.digest()


def xor_mapped_address(address: tuple[str, int], transaction: bytes) -> bytes:
    """The XOR-MAPPED-ADDRESS attribute (RFC 8489 section 14.2)."""
    host, _, _ = address[0].partition("%")
    family, packed = (2, socket.inet_pton(socket.AF_INET6, host)) if ":" in host else (1, socket.inet_aton(host))
    key = (MAGIC_COOKIE + transaction)[: len(packed)]
    masked = (int.from_bytes(packed, "big") ^ int.from_bytes(key, "big")).to_bytes(len(packed), "big")
    return struct.pack("!HHBBH", 0x20, 4 + len(packed), 0, family, address[1] ^ 0x2112) + masked
