"""The relay's one UDP port: every peer's packets arrive here and every listener's leave from here.

Opened by worker.py; peers attach through aioice_insides.py; fanout.py sends batches. A datagram reaches a peer only
from an address that proved the peer's credentials in a STUN request: that is the guard against strangers who guess
a port. Nothing here parses SDP, DTLS or RTP, and no datagram can make it raise.
"""

import asyncio
import ctypes
import errno
import ipaddress
import logging
import socket
from collections import Counter
from typing import Protocol

import numpy as np

from rooms.relay import guard

log = logging.getLogger(__name__)

Address = tuple[str, int]

BUFFER_BYTES = 4 << 20
DATAGRAM_MAX = 2048
# Datagrams taken per wake-up, so that a flood leaves the media clock its turn.
DRAIN_MAX = 64
# Addresses one peer may prove; a roaming phone needs two or three.
ADDRESSES_MAX = 8
# An address stays its peer's while that peer was heard from this recently (seconds).
ADDRESS_HELD_SECONDS = 10

# struct mmsghdr of Linux on 64 bits (sendmmsg(2)).
MESSAGE = np.dtype(
    [
        ("name", "u8"),
        ("name_length", "u4"),
        ("_pad0", "u4"),
        ("parts", "u8"),
        ("part_count", "u8"),
        ("control", "u8"),
        ("control_length", "u8"),
        ("flags", "i4"),
        ("_pad1", "u4"),
        ("sent", "u4"),
        ("_pad2", "u4"),
    ]
)
_libc = ctypes.CDLL(None, use_errno=True)
_sendmmsg = getattr(_libc, "sendmmsg", None) if ctypes.sizeof(ctypes.c_void_p) == 8 else None
if _sendmmsg is not None:
    _sendmmsg.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int]


class Attached(Protocol):
    """What the port knows of a peer."""

    username: bytes
    key: guard.StunKey
    address: Address | None
    addresses: set[Address]
    heard_at: float

    def take_stun(self, datagram: bytes, address: Address) -> None: ...
    def take_dtls(self, datagram: bytes) -> None: ...
    def take_rtp(self, datagram: bytes) -> None: ...
    def take_rtcp(self, datagram: bytes) -> None: ...


class Port:
    """A non-blocking UDP socket bound to one address, read by the running event loop.

    `counts` says what was dropped and why. Raises ValueError for anything but one numeric address, OSError when it
    cannot be bound.
    """

    def __init__(self, address: str, port: int = 0) -> None:
        parsed = ipaddress.ip_address(address)
        if parsed.is_unspecified or parsed.is_multicast:
            raise ValueError("it is announced to people's browsers, so it must be one address of this machine")
        self.is_ipv6 = parsed.version == 6
        self.can_batch = _sendmmsg is not None
        self.counts: Counter[str] = Counter()
        self._loop = asyncio.get_running_loop()
        self._by_username: dict[bytes, Attached] = {}
        self._by_address: dict[Address, Attached] = {}
        family = socket.AF_INET6 if self.is_ipv6 else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        try:
            self._socket.bind((address, port))
        except OSError:
            self._socket.close()
            raise
        self.host, self.port = self._socket.getsockname()[:2]
        self._descriptor = self._socket.fileno()
        self._loop.add_reader(self._descriptor, self._drain)

    def close(self) -> None:
        self._loop.remove_reader(self._descriptor)
        self._socket.close()

    def attach(self, peer: Attached) -> None:
        self._by_username[peer.username] = peer

    def detach(self, peer: Attached) -> None:
        self._by_username.pop(peer.username, None)
        for address in peer.addresses:
            if self._by_address.get(address) is peer:
                del self._by_address[address]
        peer.addresses.clear()

    def knows(self, username: bytes) -> bool:
        return username in self._by_username

    def sendto(self, data: bytes, address: Address) -> None:
        """Sends or drops; a full buffer or an unreachable peer is not worth an exception."""
        try:
            self._socket.sendto(data, address)
        except OSError:
            self.counts["send_failed"] += 1

    def send_batch(self, messages: np.ndarray) -> None:
        """Sends a contiguous array of MESSAGE; one that fails is skipped, a full buffer drops the rest."""
        start, count = messages.ctypes.data, len(messages)
        first = 0
        while first < count:
            sent = _sendmmsg(
                self._descriptor, start + first * MESSAGE.itemsize, min(count - first, 1024), socket.MSG_DONTWAIT
            )
            if sent > 0:
                first += sent
                continue
            reason = ctypes.get_errno()
            if reason == errno.EINTR:
                continue
            if reason in (errno.EAGAIN, errno.ENOBUFS):
                self.counts["send_full"] += count - first
                return
            self.counts["send_failed"] += 1
            first += 1

    def _drain(self) -> None:
        for _ in range(DRAIN_MAX):
            try:
                datagram, sender = self._socket.recvfrom(DATAGRAM_MAX)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self.counts["receive_failed"] += 1
                continue
            try:
                self._take(datagram, sender[:2])
            except Exception:
                # One peer's surprise must not cost the others their sound.
                self.counts["failed"] += 1
                log.exception("a datagram was dropped")

    def _take(self, datagram: bytes, sender: Address) -> None:
        """Tells packets apart by their first byte (RFC 7983 section 7)."""
        if not datagram:
            self.counts["empty"] += 1
            return
        first = datagram[0]
        if first < 4:
            self._take_stun(datagram, sender)
            return
        peer = self._by_address.get(sender)
        if peer is None:
            self.counts["stranger"] += 1
        elif 128 <= first < 192 and len(datagram) >= 12:
            # RTCP packet types 192-223 sit where RTP has marker and payload type (RFC 5761 section 4).
            if 192 <= datagram[1] < 224:
                peer.take_rtcp(datagram)
            else:
                peer.take_rtp(datagram)
        elif 20 <= first < 64:
            peer.take_dtls(datagram)
        else:
            self.counts["unknown"] += 1

    def _take_stun(self, datagram: bytes, sender: Address) -> None:
        kind = guard.stun_type(datagram)
        if kind in (guard.BINDING_RESPONSE, guard.BINDING_ERROR):
            peer = self._by_address.get(sender)
            if peer is not None:
                peer.take_stun(datagram, sender)
            return
        found = guard.binding_request(datagram) if kind == guard.BINDING_REQUEST else None
        peer = self._by_username.get(found[0]) if found else None
        if peer is None or not peer.key.verifies(datagram, found[1]):
            self.counts["stun_refused"] += 1
            return
        now = self._loop.time()
        if sender == peer.address:
            mapped = guard.xor_mapped_address(sender)
            if mapped is not None:
                # Consent checks (RFC 7675) of an established peer: answered without waking ICE.
                peer.heard_at = now
                self.sendto(peer.key.response(datagram[8:20], mapped), sender)
                return
        if self._claim(sender, peer, now):
            peer.heard_at = now
            peer.take_stun(datagram, sender)

    def _claim(self, sender: Address, peer: Attached, now: float) -> bool:
        """An address belongs to its peer while that peer is alive: a valid user must not take over another's."""
        holder = self._by_address.get(sender)
        if holder is peer:
            return True
        if holder is not None:
            if self.knows(holder.username) and now - holder.heard_at < ADDRESS_HELD_SECONDS:
                self.counts["address_refused"] += 1
                return False
            holder.addresses.discard(sender)
        if len(peer.addresses) >= ADDRESSES_MAX:
            self.counts["address_refused"] += 1
            return False
        self._by_address[sender] = peer
        peer.addresses.add(sender)
        return True
