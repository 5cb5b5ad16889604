"""The relay's one UDP port: every peer's packets arrive here and every listener's leave from here.

Opened by worker.py; peers attach through aioice_insides.py; fanout.py sends batches. A datagram reaches a peer only
from an address that proved the peer's credentials in a STUN request: that is the guard against strangers who guess
a port. Nothing here parses SDP, DTLS or RTP, and no datagram can make it raise.
"""

import asyncio
import logging
from collections import Counter
from typing import Protocol

from rooms.relay import guard
from rooms.relay.sockets import Address, Socket, open_sockets, why_no_batches

log = logging.getLogger(__name__)

DATAGRAM_MAX = 2048
# Datagrams taken per wake-up, so that a flood leaves the media clock its turn.
DRAIN_MAX = 64
# Datagrams are collected this long (seconds) before the next wake-up: each costs more than reading a datagram does.
COLLECT_SECONDS = 0.003
# Addresses one peer may prove; a roaming phone needs two or three.
ADDRESSES_MAX = 8
# An address stays its peer's while that peer was heard from this recently (seconds).
ADDRESS_HELD_SECONDS = 10


class Attached(Protocol):
    """What the port knows of a peer."""

    username: bytes
    key: guard.StunKey
    address: Address | None
    addresses: set[Address]
    heard_at: float

    def admits(self, datagram: bytes, sender: Address) -> bool: ...
    def take_stun(self, datagram: bytes, address: Address) -> None: ...
    def take_dtls(self, datagram: bytes) -> None: ...
    def take_rtp(self, datagram: bytes) -> None: ...
    def take_rtcp(self, datagram: bytes) -> None: ...


class Port:
    """One UDP port number on an IPv4 address, an IPv6 address or both, read by the running event loop.

    `addresses` and `public` are as in sockets.open_sockets; `announced` are the addresses that peers are told.
    `counts` says what was dropped and why. Raises ValueError for what is no numeric address, OSError when it cannot
    be bound.
    """

    def __init__(self, addresses: str, number: int = 0, public: str = "", *, batches: bool = True) -> None:
        self.counts: Counter[str] = Counter()
        self._loop = asyncio.get_running_loop()
        self._by_username: dict[bytes, Attached] = {}
        self._by_address: dict[Address, Attached] = {}
        self.sockets = open_sockets(addresses, public, number, self.counts)
        self._by_family = {":" in opened.host: opened for opened in self.sockets}
        self.host, self.port = self.sockets[0].host, self.sockets[0].number
        self.announced = [opened.announced for opened in self.sockets]
        obstacle = why_no_batches(self.sockets[0]) if batches else "as asked"
        self.can_batch = not obstacle
        log.info(
            "sound comes and goes by UDP port %s of %s%s; %s",
            self.port,
            " and ".join(opened.host for opened in self.sockets),
            f", announced as {' and '.join(self.announced)}" if public else "",
            f"datagrams leave one by one: {obstacle}" if obstacle else "datagrams leave in batches by sendmmsg",
        )
        self._closed = False
        for opened in self.sockets:
            self._loop.add_reader(opened.descriptor, self._wake, opened)

    def close(self) -> None:
        self._closed = True
        for opened in self.sockets:
            self._loop.remove_reader(opened.descriptor)
            opened.close()

    def socket_for(self, address: Address) -> Socket:
        """The one that reaches an address of this family."""
        return self._by_family[":" in address[0]]

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
        """Sends or drops."""
        self._by_family[":" in address[0]].sendto(data, address)

    def _wake(self, opened: Socket) -> None:
        """The first datagram after a quiet moment. Until the next quiet moment a timer takes what has come."""
        self._loop.remove_reader(opened.descriptor)
        self._collect(opened)

    def _collect(self, opened: Socket) -> None:
        if self._closed:
            return
        taken = self._drain(opened)
        if taken == DRAIN_MAX:
            self._loop.call_soon(self._collect, opened)
        elif taken:
            self._loop.call_later(COLLECT_SECONDS, self._collect, opened)
        else:
            self._loop.add_reader(opened.descriptor, self._wake, opened)

    def _drain(self, opened: Socket) -> int:
        """Takes what is there, DRAIN_MAX datagrams at most, and says how many."""
        for taken in range(DRAIN_MAX):
            try:
                datagram, sender = opened.receive(DATAGRAM_MAX)
            except (BlockingIOError, InterruptedError):
                return taken
            except OSError:
                self.counts["receive_failed"] += 1
                continue
            try:
                self._take(datagram, sender[:2])
            except Exception:
                # One peer's surprise must not cost the others their sound.
                self.counts["failed"] += 1
                log.exception("a datagram was dropped")
        return DRAIN_MAX

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
        if peer is None or not peer.admits(datagram, sender) or not peer.key.verifies(datagram, found[1]):
            self.counts["stun_refused"] += 1
            return
        now = self._loop.time()
        if sender == peer.address:
            # Consent checks (RFC 7675) of an established peer: answered without waking ICE.
            peer.heard_at = now
            mapped = guard.xor_mapped_address(sender, datagram[8:20])
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
