"""Bad networks on loopback: a seeded UDP proxy in front of a relay, without privileges.

It listens on (127.0.0.2, P) and passes everything on to the relay on (127.0.0.1, P), which announces 127.0.0.2
(RELAY_PUBLIC_ADDRESS). Every client address gets a socket of its own towards the relay, as behind a NAT. What is lost
depends on the seed and on how many datagrams a client has sent, never on time.
"""

import heapq
import itertools
import random
import selectors
import socket
import threading
import time
from dataclasses import dataclass, replace

Address = tuple[str, int]

PROXY, RELAY = "127.0.0.2", "127.0.0.1"
DATAGRAM_MAX = 2048
BUFFER_BYTES = 1 << 20
# Datagrams taken in a row before those that are due are sent.
DRAIN_MAX = 32
# Seconds after which the thread looks whether it shall end.
LOOK = 0.05


@dataclass(frozen=True)
class Conditions:
    """One direction's weather. `loss` is the share lost (0..1).

    `burst` is how many are lost in a row on average, by Gilbert's model of two states; 0: each by itself. `delay` and
    `jitter` in seconds: each datagram waits `delay` +- `jitter`, and one may overtake another. `cut`: nothing passes.
    """

    loss: float = 0.0
    burst: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0
    cut: bool = False


CALM = Conditions()


class Losses:
    """Who is lost, for one client and one direction, in a fixed order for each seed."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)
        self._bad = False

    def take(self, conditions: Conditions) -> bool:
        chance = self._random.random()
        if not conditions.burst:
            return chance < conditions.loss
        # In the bad state everything is lost; the share of time in it is leave_good / (leave_good + leave_bad).
        leave_bad = 1 / conditions.burst
        leave_good = leave_bad * conditions.loss / (1 - conditions.loss)
        self._bad = chance >= leave_bad if self._bad else chance < leave_good
        return self._bad

    def wait(self, conditions: Conditions) -> float:
        """Seconds until this one arrives."""
        if not conditions.jitter:
            return conditions.delay
        return max(0.0, conditions.delay + self._random.uniform(-conditions.jitter, conditions.jitter))


class Direction:
    """Up is from clients to the relay, down from it. `passed` and `lost` count datagrams of all clients."""

    def __init__(self) -> None:
        self.conditions = CALM
        self.passed = self.lost = 0
        self._owed = 0

    def change(self, **conditions) -> None:
        """Changes some of the conditions, from the next datagram on."""
        self.conditions = replace(self.conditions, **conditions)

    def lose_next(self, count: int) -> None:
        """Loses exactly the next `count` datagrams, whatever the conditions are."""
        self._owed = count

    def loses(self, losses: Losses) -> bool:
        lost = self.conditions.cut or losses.take(self.conditions)
        if self._owed:
            self._owed -= 1
            lost = True
        if lost:
            self.lost += 1
        else:
            self.passed += 1
        return lost


class _Client:
    """One client address: its socket towards the relay, and its luck in both directions."""

    def __init__(self, address: Address, relay: Address, seed: str) -> None:
        self.address = address
        self.socket = _socket()
        self.socket.bind((RELAY, 0))
        self.socket.connect(relay)
        self.up, self.down = Losses(f"{seed} up"), Losses(f"{seed} down")


class Weather:
    """The proxy, in a thread of its own; `with Weather() as weather:` and a relay on `weather.port`.

    Without a `port` it takes one that is free on both addresses.
    """

    def __init__(self, seed: int = 1, port: int = 0) -> None:
        self.up, self.down = Direction(), Direction()
        self._seed = seed
        self._front = _socket()
        self.port = port or _port_for_both()
        self._front.bind((PROXY, self.port))
        self._clients: dict[Address, _Client] = {}
        self._due: list[tuple[float, int, socket.socket, bytes, Address | None]] = []
        self._order = itertools.count()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._front, selectors.EVENT_READ, None)
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="weather", daemon=True)

    def __enter__(self) -> "Weather":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ending = True
        self._thread.join()
        self._selector.close()
        for client in self._clients.values():
            client.socket.close()
        self._front.close()

    def clear(self) -> None:
        """Good weather from now on."""
        self.up.conditions = self.down.conditions = CALM

    def cut(self) -> None:
        """Nothing passes in either direction until `clear`."""
        self.up.change(cut=True)
        self.down.change(cut=True)

    def _run(self) -> None:
        while not self._ending:
            wait = min(LOOK, max(0.0, self._due[0][0] - time.monotonic())) if self._due else LOOK
            for key, _ in self._selector.select(wait):
                self._drain(key.fileobj, key.data)
            self._send_due()

    def _drain(self, arrived_at: socket.socket, client: _Client | None) -> None:
        for _ in range(DRAIN_MAX):
            try:
                datagram, sender = arrived_at.recvfrom(DATAGRAM_MAX)
            except BlockingIOError:
                return
            except OSError:
                # The other end is not there now (ICMP port unreachable).
                continue
            if client is None:
                known = self._clients.get(sender) or self._meet(sender)
                self._take(datagram, self.up, known.up, known.socket, None)
            else:
                self._take(datagram, self.down, client.down, self._front, client.address)

    def _meet(self, sender: Address) -> _Client:
        client = self._clients[sender] = _Client(sender, (RELAY, self.port), f"{self._seed} {len(self._clients)}")
        self._selector.register(client.socket, selectors.EVENT_READ, client)
        return client

    def _take(self, datagram: bytes, way: Direction, losses: Losses, out: socket.socket, to: Address | None) -> None:
        if way.loses(losses):
            return
        due = time.monotonic() + losses.wait(way.conditions)
        heapq.heappush(self._due, (due, next(self._order), out, datagram, to))

    def _send_due(self) -> None:
        while self._due and self._due[0][0] <= time.monotonic():
            _, _, out, datagram, to = heapq.heappop(self._due)
            try:
                if to is None:
                    out.send(datagram)
                else:
                    out.sendto(datagram, to)
            except OSError:
                continue


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        made.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
    return made


def _port_for_both() -> int:
    while True:
        with _socket() as relay, _socket() as proxy:
            relay.bind((RELAY, 0))
            port = relay.getsockname()[1]
            try:
                proxy.bind((PROXY, port))
            except OSError:
                continue
            return port
