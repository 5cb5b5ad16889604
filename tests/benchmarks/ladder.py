"""One system, more and more listeners: what each step costs and how well it is served."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.house import CPUS, TICKS_PER_SECOND, Child, cpu_seconds, descriptors, resident_bytes, threads
from tests.benchmarks.places import Places, dropped_on_arrival
from tests.benchmarks.systems import Running, System

PROBES = 20
# A crowd that comes all at once may be asked to wait; those refused come again so often, after so many seconds.
ATTEMPTS, PATIENCE = 4, 3.0
DELIVERED_MIN = 0.999
# A busier client machine measures itself.
CLIENTS_BUSY_MAX = 0.8


@dataclass
class Point:
    """One audience. CPU is in cores, times in milliseconds, memory in bytes."""

    listeners: int
    cpu: float
    clients_busy: float
    crowd_cpu: float
    dropped_on_arrival: int
    resident: int
    descriptors: int
    threads: int
    arrived_per_second: float
    join_ms: float | None = None
    delivered: float | None = None
    gap_p99: float | None = None
    packet_ms: float = 0
    packet_bytes: float = 0
    delays: list[float] = field(default_factory=list)
    refused: str = ""
    is_valid: bool = True

    def is_served(self, system: System) -> bool:
        if system.kind == "floor":
            return self.cpu < 0.95
        return self.delivered >= DELIVERED_MIN and self.gap_p99 <= system.gap_ms


@dataclass(frozen=True)
class Timing:
    """Seconds; `preliminary`: points are kept although others keep the clients' CPU busy."""

    settle: float
    window: float
    preliminary: bool = False


class Audience:
    """The clients of a running system: speakers and probes in one process, the crowd in another, on one CPU."""

    def __init__(self, running: Running, places: Places, speakers: list[str], listeners: Iterator[str]) -> None:
        place = places.clients
        arguments = running.signalling, running.where, place.address
        options = {"prefix": place.prefix, "cpu": place.cpu}
        self._listeners = listeners
        self.crowd = Child("tests.benchmarks.crowd", *arguments, **options)
        self.probes = Child("tests.benchmarks.crowd", "--first", *arguments, **options)
        self.size = 0
        if speakers:
            self.probes.ask(do="speak", participants=speakers)

    def grow(self, size: int) -> str:
        """Lets people in until there are `size`. Returns why not, when waiting a little did not help either."""
        refused = ""
        for _ in range(ATTEMPTS):
            refused = self._invite(size)
            if not refused:
                return ""
            time.sleep(PATIENCE)
        return refused

    def _invite(self, size: int) -> str:
        """Probes first, then the crowd. Returns why somebody was refused, or nothing."""
        missing = size - self.size
        probes = min(missing, max(0, PROBES - self.size))
        for child, verb, count in ((self.probes, "probe", probes), (self.crowd, "join", missing - probes)):
            if count:
                people = [next(self._listeners) for _ in range(count)]
                reply = child.ask(do=verb, participants=people)
                self.size = reply["connected"] + (PROBES if child is self.crowd else 0)
                if reply["refused"]:
                    return reply["refused"]
        return "" if self.size == size else f"{self.size} of {size} are connected"

    def close(self) -> None:
        self.crowd.close()
        self.probes.close()


@contextlib.contextmanager
def audience(running: Running, places: Places, speakers: list[str], listeners: Iterator[str]) -> Iterator[Audience]:
    people = Audience(running, places, speakers, listeners)
    try:
        yield people
    finally:
        people.close()


def climb(
    system: System, running: Running, places: Places, speakers: list[str], listeners: list[str], timing: Timing
) -> list[Point]:
    """Points up to the first audience that is refused or not served well, that one (as far as it got in) included."""
    points: list[Point] = []
    speakers = [] if system.kind in ("stock", "floor") else speakers[:1]
    with audience(running, places, speakers, iter(listeners)) as people:
        for size in system.sizes:
            before, began = cpu_seconds(running.pid), time.monotonic()
            joined, refused = size - people.size, ""
            if system.kind == "floor":
                running.child.ask(**people.crowd.ask(do="sinks", count=size))
            else:
                refused = people.grow(size)
            spent, passed = cpu_seconds(running.pid) - before, time.monotonic() - began
            point = weigh(running, people, places, people.size or size, timing)
            point.refused = refused
            point.is_valid = not point.dropped_on_arrival and (
                timing.preliminary or point.clients_busy <= CLIENTS_BUSY_MAX
            )
            if system.kind != "floor" and not refused:
                # Those already in were served meanwhile, and that is not the price of joining.
                serving = passed * ((points[-1].cpu if points else 0.0) + point.cpu) / 2
                point.join_ms = (spent - serving) / joined * 1000
            points.append(point)
            print(f"  {describe(point)}", flush=True)
            if refused or not (point.is_served(system) and point.is_valid):
                break
    return points


def weigh(running: Running, people: Audience, places: Places, size: int, timing: Timing) -> Point:
    time.sleep(timing.settle)
    crowd, dropped = people.crowd.process.pid, dropped_on_arrival()
    spent, busy, kept = cpu_seconds(running.pid), cpu_busy(places.clients.cpu), cpu_seconds(crowd)
    began, arrived = time.monotonic(), people.crowd.ask(do="count")["arrived"]
    heard = people.probes.ask(do="hear", seconds=timing.window)
    passed = time.monotonic() - began
    point = Point(
        listeners=size,
        cpu=(cpu_seconds(running.pid) - spent) / passed,
        clients_busy=(cpu_busy(places.clients.cpu) - busy) / passed,
        crowd_cpu=(cpu_seconds(crowd) - kept) / passed,
        dropped_on_arrival=dropped_on_arrival() - dropped,
        resident=resident_bytes(running.pid),
        descriptors=descriptors(running.pid),
        threads=threads(running.pid),
        arrived_per_second=(people.crowd.ask(do="count")["arrived"] - arrived) / passed,
    )
    if heard["probes"]:
        point.delivered, point.gap_p99 = heard["delivered"], heard["gap_p99"]
        point.delays = [delay for _, delay in heard["delays"]]
        point.packet_ms, point.packet_bytes = heard["packet_ms"], heard["bytes"]
    return point


def cpu_busy(cpu: int) -> float:
    """Seconds a CPU has worked since boot (proc(5)): all but idle, waiting and stolen."""
    name = f"cpu{CPUS[cpu % len(CPUS)]} "
    line = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith(name))
    user, nice, system, _idle, _wait, irq, softirq = map(int, line.split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS_PER_SECOND


def describe(point: Point) -> str:
    said = f"{point.listeners:>5} listeners  CPU {point.cpu:6.1%}  clients {point.clients_busy:4.0%}"
    if point.delivered is not None:
        said += f"  delivered {point.delivered:.2%}  gaps p99 {point.gap_p99:.1f} ms"
    if point.join_ms is not None:
        said += f"  join {point.join_ms:.1f} ms"
    if point.dropped_on_arrival:
        said += f"  dropped on arrival {point.dropped_on_arrival}"
    return said + (f"  refused: {point.refused}" if point.refused else "")
