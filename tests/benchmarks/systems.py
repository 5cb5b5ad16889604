"""The systems of the comparison: how each is started, how its clients reach it, and how many it is asked to carry."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.benchmarks import janus
from tests.benchmarks.house import Child, manage, python, stopping
from tests.benchmarks.places import Place, Places

START_SECONDS = 20


@dataclass(frozen=True)
class System:
    """`sizes` are audiences, tried upwards until one is refused or not served well.

    Well is 99.9 % of packets and 99 of 100 gaps between two of them of at most `gap_ms`.
    """

    key: str
    kind: Literal["stock", "bridge", "streaming", "floor", "relay"]
    title: str
    sizes: tuple[int, ...]
    packet_ms: int = 20
    gap_ms: float = 40.0
    options: dict = field(default_factory=dict)


STOCK = System("stock", "stock", "aiortc's stock packet path", (20, 100, 200, 300, 400))
BRIDGE = System("bridge", "bridge", "Janus AudioBridge", (20, 40, 60, 80, 100), options={"event_loops": 1})
STREAMING = System("streaming", "streaming", "Janus AudioBridge → Streaming", (20, 100, 200, 300, 400))
LOOPS = System(
    "loop", "streaming", "the same with one event loop", (20, 200, 400, 600, 800), options={"event_loops": 1}
)
FLOOR = System("floor", "floor", "protect + sendmmsg alone", (400, 1000, 2000))
OURS = System("ours", "relay", "Openfloor, 20 ms packets", (20, 400, 800, 1200, 1600, 1800, 2000, 2200))
OURS_60 = System(
    "ours-60", "relay", "Openfloor, 60 ms packets", (20, 800, 1600, 2400, 3200), packet_ms=60, gap_ms=100.0
)
ALL = (STOCK, BRIDGE, STREAMING, LOOPS, FLOOR, OURS, OURS_60)


@dataclass(frozen=True)
class Running:
    """A started system: `signalling` and `where` are what open_signalling wants."""

    pid: int
    signalling: str = ""
    where: str = ""
    child: Child | None = None


@contextlib.contextmanager
def started(system: System, places: Places, home: Path, space: str) -> Iterator[Running]:
    """The system alone on its CPU, without anybody in it."""
    home.mkdir(exist_ok=True)
    place = places.server
    match system.kind:
        case "stock":
            starting = _stock(place, home / "stock.sock")
        case "floor":
            starting = _floor(place, places.clients.address)
        case "relay":
            starting = _relay(place, space, system.packet_ms)
        case "bridge" | "streaming":
            starting = _janus(system, place, home / "janus")
    with starting as running:
        yield running


@contextlib.contextmanager
def relay(place: Place, **settings: object) -> Iterator[int]:
    """The process id of a relay that takes people."""
    from rooms.relay import client

    chosen = {name.upper(): str(value) for name, value in settings.items()}
    environment = os.environ | {"RELAY_ADDRESS": place.address} | chosen
    with stopping(manage("runrelay", prefix=place.prefix, cpu=place.cpu, env=environment)) as server:
        _wait(server, lambda: any(beat.pid == server.pid for beat in client.relays()))
        yield server.pid


@contextlib.contextmanager
def _relay(place: Place, space: str, packet_ms: int) -> Iterator[Running]:
    with relay(place, audience_ptime=packet_ms) as pid:
        yield Running(pid, "relay", space)


@contextlib.contextmanager
def _janus(system: System, place: Place, home: Path) -> Iterator[Running]:
    with janus.running(place, home, streaming=system.kind == "streaming", **system.options) as (pid, path):
        yield Running(pid, system.kind, path)


@contextlib.contextmanager
def _floor(place: Place, destination: str) -> Iterator[Running]:
    child = Child("tests.benchmarks.floor", place.address, destination, prefix=place.prefix, cpu=place.cpu)
    try:
        yield Running(child.process.pid, child=child)
    finally:
        child.close()


@contextlib.contextmanager
def _stock(place: Place, path: Path) -> Iterator[Running]:
    arguments = "-m", "tests.benchmarks.stock", str(path), place.address
    with stopping(python(*arguments, prefix=place.prefix, cpu=place.cpu, stdout=subprocess.PIPE, text=True)) as server:
        if server.stdout.readline().strip() != "ready":
            raise RuntimeError("the stock server did not start")
        yield Running(server.pid, "stock", str(path))


def _wait(server: subprocess.Popen, condition) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the relay did not start")
        time.sleep(0.05)
