"""Everything that touches private names of aioice: a stand-in for its datagram endpoint, on the relay's one port.

Used by aiortc_insides.py. aioice goes on negotiating; its packets come from and leave through port.py.
"""

import os
import struct
import time
from collections import deque
from typing import Protocol

from aioice import Candidate, ice
from aioice.candidate import candidate_foundation, candidate_priority

from rooms.relay import guard
from rooms.relay.allowance import PEER, UNPROVEN, Allowance
from rooms.relay.guard import StunKey
from rooms.relay.port import Port
from rooms.relay.sockets import Address
from rooms.relay.srtp_insides import sentences

DTLS_BACKLOG_MAX = 64
# Probes under way to one peer; answers to older ones come too late to say anything.
PROBES_MAX = 20


class Owner(Protocol):
    """What a Peer tells the session that owns it."""

    def peer_connected(self) -> None: ...
    def peer_moved(self) -> None: ...
    def peer_lost(self) -> None: ...
    def take_rtp(self, datagram: bytes) -> None: ...
    def take_rtcp(self, datagram: bytes) -> None: ...


class Wire(ice.StunProtocol):
    """Stands where aioice expects the one datagram endpoint of a local candidate; the endpoint is the shared port."""

    def __init__(self, port: Port, connection: ice.Connection, owner: Owner) -> None:
        super().__init__(connection)
        while port.knows(connection.local_username.encode()):
            connection._local_username = ice.random_string(8)
        self.transport = self._port = port
        self._owner = owner
        self.username = connection.local_username.encode()
        self.key = StunKey(connection.local_password)
        self.address: Address | None = None
        self.addresses: set[Address] = set()
        self.heard_at = 0.0
        self._pair: ice.CandidatePair | None = None
        self._probes: deque[bytes] = deque(maxlen=PROBES_MAX)
        self._probe_attributes = b""
        self._their_key: StunKey | None = None
        # STUN has its own, so that whoever forges media in a peer's name does not silence its signs of life.
        self._allowance, self._stun, self._unproven = Allowance(*PEER), Allowance(*PEER), Allowance(*UNPROVEN)
        self._candidates = _host_candidates(port)
        # aioice asks one of its protocols for one; pairs are made of what the peer's checks bring, in either family.
        self.local_candidate = self._candidates[0]
        connection.gather_candidates = self._gather
        # Consent (RFC 7675) is liveness.py's, many times as quick to notice; what does not parse is nobody's data.
        connection.query_consent = _nothing
        connection.data_received = self._not_stun
        connection._nominated = _Nominated(self)

    async def _gather(self) -> None:
        connection = self.receiver
        if not connection._local_candidates_start:
            connection._local_candidates_start = True
            connection._protocols.append(self)
            connection._local_candidates.extend(self._candidates)
            self._port.attach(self)
            connection._local_candidates_end = True

    async def close(self) -> None:
        self._port.detach(self)
        self.receiver.protocol_lost(self)

    def let_go(self) -> None:
        """Of port, connection and owner, once the connection is closed: what they hold of each other are circles."""
        self._port.detach(self)
        connection = self.receiver
        connection.gather_candidates = _nothing
        del connection.data_received
        connection._nominated = {}
        connection._check_list.clear()
        self._owner = self.receiver = self._pair = None

    def nominated(self, pair: ice.CandidatePair) -> None:
        moved = self.address not in (None, pair.remote_addr)
        self.address, self._pair = pair.remote_addr, pair
        if moved:
            self._owner.peer_moved()

    def admits(self, datagram: bytes, sender: Address) -> bool:
        """Whether a STUN request in this peer's name is worth checking: whoever has not proved theirs pays apart."""
        allowance = self._stun if sender in self.addresses else self._unproven
        return self._within(allowance, datagram)

    def take_stun(self, datagram: bytes, address: Address) -> None:
        """A request that has proved the peer's credentials, or a response from an address that once did."""
        if datagram[0] == 1 and not self._takes_response(datagram):
            return
        try:
            self.datagram_received(datagram, address)
        except (struct.error, IndexError, KeyError, ValueError, AssertionError):
            self._port.counts["stun_malformed"] += 1

    def take_dtls(self, datagram: bytes) -> None:
        if self._within(self._allowance, datagram) and self.receiver._queue.qsize() < DTLS_BACKLOG_MAX:
            self.receiver._queue.put_nowait((datagram, 1))

    def take_rtp(self, datagram: bytes) -> None:
        if self._within(self._allowance, datagram):
            self._owner.take_rtp(datagram)

    def take_rtcp(self, datagram: bytes) -> None:
        if self._within(self._allowance, datagram):
            self._owner.take_rtcp(datagram)

    def probe(self) -> None:
        """Asks the peer for a sign of life: a Binding request, as in a consent check (RFC 7675 section 5.1)."""
        if self._pair is None:
            return
        connection = self.receiver
        if self._their_key is None:
            self._their_key = StunKey(connection.remote_password)
            self._probe_attributes = bytes(connection.build_request(self._pair, nominate=False))[guard.HEADER_BYTES :]
        transaction = os.urandom(12)
        self._probes.append(transaction)
        self.send(self._their_key.signed(guard.BINDING_REQUEST, transaction, self._probe_attributes))

    def _takes_response(self, datagram: bytes) -> bool:
        """Whether aioice waits for it. An authentic answer to a probe of ours says that the peer lives."""
        transaction = datagram[8:20]
        if not self._within(self._stun, datagram):
            return False
        if transaction in self._probes:
            at = guard.integrity_at(datagram)
            if guard.stun_type(datagram) == guard.BINDING_RESPONSE and at and self._their_key.verifies(datagram, at):
                self.heard_at = time.monotonic()
            return False
        return transaction in self.transactions

    def _within(self, allowance: Allowance, datagram: bytes) -> bool:
        if allowance.takes(len(datagram), time.monotonic()):
            return True
        self._port.counts["over_limit"] += 1
        return False

    def _not_stun(self, datagram: bytes, component: int) -> None:
        self._port.counts["stun_malformed"] += 1

    def send(self, datagram: bytes) -> None:
        if self.address is not None:
            self._port.sendto(datagram, self.address)


def _host_candidates(port: Port) -> list[Candidate]:
    """One per address the port announces, the first one preferred (RFC 8445 section 5.1.2.1)."""
    return [
        Candidate(
            foundation=candidate_foundation("host", "udp", address),
            component=1,
            transport="udp",
            priority=candidate_priority(1, "host", 65535 - place),
            host=address,
            port=port.port,
            type="host",
        )
        for place, address in enumerate(port.announced)
    ]


class _Nominated(dict):
    """Connection._nominated that tells the moment ICE settles on an address, also when the peer roams."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def __setitem__(self, component: int, pair: ice.CandidatePair) -> None:
        super().__setitem__(component, pair)
        self._wire.nominated(pair)


async def _nothing() -> None:
    """In the place of aioice's own task per peer."""


_next_event = ice.Connection.get_event


async def _get_event(connection: ice.Connection) -> ice.ConnectionEvent:
    """aiortc waits in a loop for ConnectionClosed; when it has been, aioice says None at once, and that never ends."""
    return await _next_event(connection) or ice.ConnectionClosed()


ice.Connection.get_event = _get_event


def bind(connection: ice.Connection, address: str) -> None:
    """Makes a client gather on one address only; aioice leaves loopback out."""
    gather = connection.get_component_candidates

    async def on_one_address(component: int, addresses: list[str]) -> list:
        return await gather(component, [address])

    connection.get_component_candidates = on_one_address


def missing_names() -> list[str]:
    """One sentence per private name that this version of aioice no longer has."""
    return sentences(
        __name__,
        {
            "aioice's Connection": (
                ice.Connection(ice_controlling=False),
                [
                    *("_nominated", "_protocols", "_queue", "_local_candidates", "_local_candidates_start"),
                    *("_local_candidates_end", "_local_username", "gather_candidates", "get_component_candidates"),
                    *("data_received", "protocol_lost", "request_received", "get_event"),
                    *("query_consent", "build_request", "_check_list"),
                ],
            ),
            "aioice's StunProtocol": (ice.StunProtocol, ["datagram_received", "request", "send_stun", "send_data"]),
            "aioice.ice": (ice, ["random_string", "ConnectionClosed"]),
        },
    )
