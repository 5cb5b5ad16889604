"""The UDP sockets under port.py: one per address family on one port number, and sending many datagrams in one call.

Knows addresses and the kernel's structures, nothing of what a datagram means.
"""

import contextlib
import ctypes
import errno
import ipaddress
import select
import socket
import struct
import sys
from collections import Counter

import numpy as np

Address = tuple[str, int]
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

BUFFER_BYTES = 4 << 20
# Linux's numbers for the calls of CAP_NET_ADMIN (socket(7)), which the socket module lacks.
SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33
# Messages of one system call; the kernel takes no more (UIO_MAXIOV).
BATCH_MAX = 1024
# How long (ms) a full send buffer may hold everything up before the rest of a batch is dropped.
FULL_WAIT_MS = 2
# Ports tried until one is free in both families.
PORT_TRIES = 50

# struct iovec of Linux on 64 bits. Datagrams are short, so that the lower half of the length is enough (little end).
PART = np.dtype([("base", "u8"), ("length", "i4"), ("_length_high", "u4")])
# struct mmsghdr (sendmmsg(2)).
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
_sendmmsg = getattr(ctypes.CDLL(None, use_errno=True), "sendmmsg", None)
if _sendmmsg is not None:
    _sendmmsg.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int]


class Socket:
    """A non-blocking UDP socket on one address. `announced` is the address that peers are told.

    Errors that ICMP reports of one peer never come back here: an unconnected socket hears of them only with
    IP_RECVERR (ip(7)), which stays off. `counts` says what could not be sent.
    """

    def __init__(self, address: IpAddress, announced: IpAddress, number: int, counts: Counter[str]) -> None:
        """Raises OSError when the address or the port number cannot be bound."""
        self.family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        self.announced = str(announced)
        self._counts = counts
        self._socket = socket.socket(self.family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._enlarge_buffers()
            if address.version == 6:
                # The port number is the other socket's too.
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.bind((str(address), number))
        except OSError as error:
            self._socket.close()
            raise OSError(error.errno, f"{error.strerror} ({address})") from error
        self.host, self.number = self._socket.getsockname()[:2]
        self.descriptor = self._socket.fileno()
        self.close = self._socket.close
        self.receive = self._socket.recvfrom

    def sendto(self, data: bytes, address: Address) -> None:
        """Sends or drops; a full buffer or an unreachable peer is not worth an exception."""
        try:
            self._socket.sendto(data, address)
        except OSError:
            self._counts["send_failed"] += 1

    def send_batch(self, messages: np.ndarray) -> None:
        """Sends a contiguous array of MESSAGE. One that fails is skipped; a buffer that stays full drops the rest."""
        start, count = messages.ctypes.data, len(messages)
        first, waited = 0, False
        while first < count:
            where, wanted = start + first * MESSAGE.itemsize, min(count - first, BATCH_MAX)
            sent = _sendmmsg(self.descriptor, where, wanted, socket.MSG_DONTWAIT)
            if sent > 0:
                first += sent
                continue
            reason = ctypes.get_errno()
            if reason == errno.EINTR:
                continue
            if reason in (errno.EAGAIN, errno.ENOBUFS):
                if waited:
                    self._counts["send_full"] += count - first
                    return
                waited = True
                self._wait_for_room()
                continue
            self._counts["send_failed"] += 1
            first += 1

    def _enlarge_buffers(self) -> None:
        """Over the system's limit (net.core.rmem_max, wmem_max) where this process may: a tick is one burst."""
        for forced, asked in ((SO_RCVBUFFORCE, socket.SO_RCVBUF), (SO_SNDBUFFORCE, socket.SO_SNDBUF)):
            try:
                self._socket.setsockopt(socket.SOL_SOCKET, forced, BUFFER_BYTES)
            except OSError:
                self._socket.setsockopt(socket.SOL_SOCKET, asked, BUFFER_BYTES)

    def _wait_for_room(self) -> None:
        waiting = select.poll()
        waiting.register(self.descriptor, select.POLLOUT)
        waiting.poll(FULL_WAIT_MS)


def open_sockets(addresses: str, public: str, number: int, counts: Counter[str]) -> list[Socket]:
    """One socket per address of `addresses` (an IPv4, an IPv6, or both with a comma), all on one port number.

    `public` names what is announced in their place, in the same form; a family it leaves out announces what is bound.
    Port number 0 takes one that is free in all. Raises ValueError with a sentence, OSError when it cannot be bound.
    """
    bound, announced = _by_family(addresses), _by_family(public)
    if not bound:
        raise ValueError("no address is given")
    for version, address in announced.items():
        if version not in bound:
            raise ValueError(f"the public address {address} needs an IPv{version} address to be bound as well")
    announced = bound | announced
    for address in announced.values():
        if address.is_unspecified or address.is_multicast:
            raise ValueError("it is announced to people's browsers, so it must be one address of this machine")
    for _ in range(PORT_TRIES):
        sockets: list[Socket] = []
        try:
            for version, address in bound.items():
                taken = sockets[0].number if sockets else number
                sockets.append(Socket(address, announced[version], taken, counts))
            return sockets
        except OSError as error:
            for opened in sockets:
                opened.close()
            if number or not sockets or error.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, "no port is free in both families")


def why_no_batches(opened: Socket) -> str:
    """Why datagrams cannot leave many at a time here, in a few words; empty when they can."""
    if ctypes.sizeof(ctypes.c_void_p) != 8 or sys.byteorder != "little":
        return "not a 64-bit little-endian machine"
    if _sendmmsg is None:
        return "no sendmmsg in the C library"
    if _sendmmsg(opened.descriptor, None, 0, 0) != 0:
        return f"sendmmsg is refused: {errno.errorcode.get(ctypes.get_errno(), 'unknown error')}"
    return ""


def sockaddr(address: Address) -> bytes:
    """struct sockaddr_in or sockaddr_in6 of Linux. Raises OSError or ValueError for what is not numeric."""
    host, _, zone = address[0].partition("%")
    if ":" not in host:
        return struct.pack("=H", socket.AF_INET) + struct.pack("!H", address[1]) + socket.inet_aton(host) + bytes(8)
    scope = 0
    if zone:
        with contextlib.suppress(OSError):
            scope = socket.if_nametoindex(zone)
    packed = socket.inet_pton(socket.AF_INET6, host)
    return struct.pack("=H", socket.AF_INET6) + struct.pack("!HI", address[1], 0) + packed + struct.pack("=I", scope)


def _by_family(addresses: str) -> dict[int, IpAddress]:
    found: dict[int, IpAddress] = {}
    for each in filter(None, (part.strip() for part in addresses.split(","))):
        address = ipaddress.ip_address(each)
        if address.version in found:
            raise ValueError(f"there is one address for IPv{address.version} already: {found[address.version]}")
        found[address.version] = address
    return found
