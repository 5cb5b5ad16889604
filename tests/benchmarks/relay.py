"""`make bench`: what one core of this machine carries, and how long sound takes from mouth to ear.

Starts the real relay (manage.py runrelay) and, for comparison in the same run, aiortc's own packet path; the same crowd
listens to both. Prints a table and writes it as JSON under VAR_DIR/bench/. No number is asserted.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.house import Crowd, cpu_seconds, manage, open_house, pin, python, seed, stopping

PACKETS_PER_SECOND = 50
SERVER_CPU, CROWD_CPU = 0, 1
SETTLE_SECONDS = 3.0
MARKERS = 20


@dataclass
class Point:
    """One audience size. CPU is the server process's user and system time; a room with one listener is taken off."""

    listeners: int
    us_per_packet: float
    listeners_per_core: int
    delivered: float
    cpu_percent: float


@dataclass
class Way:
    """One way of sending."""

    name: str
    idle_percent: float
    join_ms: float
    points: list[Point]


def measure(name: str, pid: int, crowd: Crowd, people: Iterator[str], sizes: list[int], seconds: float) -> Way:
    """Grows the crowd from one listener through `sizes` and weighs the server at each step."""

    def weigh() -> tuple[float, float]:
        """(CPU seconds per second, packets per second)"""
        time.sleep(SETTLE_SECONDS)
        before, began = cpu_seconds(pid), time.monotonic()
        packets = crowd.packets_in(seconds)
        passed = time.monotonic() - began
        return (cpu_seconds(pid) - before) / passed, packets / passed

    crowd.ask(do="join", participants=[next(people)])
    idle, _ = weigh()
    points, joins, here = [], [], 1
    for size in sizes:
        before, began = cpu_seconds(pid), time.monotonic()
        packets_before = crowd.ask(do="count")["packets"]
        reply = crowd.ask(do="join", participants=[next(people) for _ in range(size - here)])
        joining, passed = cpu_seconds(pid) - before, time.monotonic() - began
        if reply["connected"] != size:
            raise SystemExit(f"{name}: {reply['connected']} of {size} listeners connected")
        busy, packets = weigh()
        per_packet = (busy - idle) / (packets - PACKETS_PER_SECOND)
        # Those already in were served meanwhile, and that is not the price of joining.
        serving = (reply["packets"] - packets_before) * per_packet + idle * passed
        joins.append((joining - serving) / (size - here) * 1000)
        points.append(
            Point(
                listeners=size,
                us_per_packet=round(per_packet * 1e6, 2),
                listeners_per_core=int((1 - idle) / (per_packet * PACKETS_PER_SECOND)),
                delivered=round(packets / (size * PACKETS_PER_SECOND), 4),
                cpu_percent=round(busy * 100, 1),
            )
        )
        here = size
    return Way(name, round(idle * 100, 2), round(statistics.mean(joins), 2), points)


async def mouth_to_ear(state_of: Callable, host: str, listener: str) -> dict[str, float]:
    """Delay from a tone's first packet being handed to the WHIP client to its being decoded by a WHEP client (ms)."""
    from rooms.relay.opus import SAMPLE_RATE, Encoder
    from tests.support.ears import Ear, Speaker, level, sine

    encoder, sent, heard = Encoder(), [], []
    loop = asyncio.get_running_loop()

    def bursts() -> Iterator[bytes]:
        for frame in range((MARKERS + 2) * 40):
            if frame % 40 == 20:
                sent.append(loop.time())
            yield encoder.encode(sine(1000, frame, 0.5 if frame % 40 >= 20 else 0.0))

    class Watch(Ear):
        loud = False

        def _hear(self, packet) -> None:
            super()._hear(packet)
            loud = level(self.sound[-SAMPLE_RATE // 100 :], 1000) > -30
            if loud and not self.loud:
                heard.append(loop.time())
            self.loud = loud

    ear, speaker = Watch(state_of, listener), Speaker(state_of, host, bursts())
    await ear.connect()
    await speaker.connect()
    await asyncio.sleep(MARKERS * 0.8 + 1)
    await asyncio.gather(ear.close(), speaker.close())
    delays = []
    for moment in heard:
        before = [start for start in sent if start < moment]
        if before:
            delays.append((moment - before[-1]) * 1000)
    delays.sort()
    return {
        "markers": len(delays),
        "p50_ms": round(statistics.median(delays), 1),
        "p95_ms": round(delays[int(len(delays) * 0.95) - 1], 1),
    }


async def keep_speaking(state_of: Callable, host: str, until: asyncio.Event) -> None:
    from tests.support.ears import Speaker, tone

    speaker = Speaker(state_of, host, tone(440))
    await speaker.connect()
    await until.wait()
    await speaker.close()


def measure_relay(sizes: list[int], seconds: float) -> tuple[Way, dict[str, float]]:
    from rooms.relay import client
    from rooms.selectors import space_state

    space, host, listeners = seed(max(sizes) + 1)
    state = space_state(space)
    with stopping(manage("runrelay", cpu=SERVER_CPU)) as server:
        while not client.relays():
            if server.poll() is not None:
                raise SystemExit("the relay did not start")
            time.sleep(0.05)
        delay = asyncio.run(mouth_to_ear(lambda: state, host, listeners.pop()))

        async def beside_a_speaker() -> Way:
            done = asyncio.Event()
            speaking = asyncio.create_task(keep_speaking(lambda: state, host, done))
            crowd = Crowd("relay", space, cpu=CROWD_CPU)
            try:
                return await asyncio.to_thread(measure, "relay", server.pid, crowd, iter(listeners), sizes, seconds)
            finally:
                done.set()
                await speaking
                await asyncio.to_thread(crowd.close)

        return asyncio.run(beside_a_speaker()), delay


def measure_stock(sizes: list[int], seconds: float, home: Path) -> Way:
    path = str(home / "stock.sock")
    process = python("-m", "tests.benchmarks.stock", path, cpu=SERVER_CPU, stdout=subprocess.PIPE, text=True)
    with stopping(process):
        if process.stdout.readline().strip() != "ready":
            raise SystemExit("the stock server did not start")
        crowd = Crowd("stock", path, cpu=CROWD_CPU)
        try:
            return measure("stock aiortc", process.pid, crowd, map(str, range(10**6)), sizes, seconds)
        finally:
            crowd.close()


def show(ways: list[Way], delay: dict[str, float], ratios: dict[int, float]) -> None:
    print(f"{'path':<14}{'listeners':>10}{'us/packet':>11}{'per core':>10}{'delivered':>11}{'CPU %':>8}{'idle %':>8}")
    for path in ways:
        for point in path.points:
            print(
                f"{path.name:<14}{point.listeners:>10}{point.us_per_packet:>11.1f}{point.listeners_per_core:>10}"
                f"{point.delivered:>11.1%}{point.cpu_percent:>8.1f}{path.idle_percent:>8.1f}"
            )
    for path in ways:
        print(f"CPU per join, {path.name}: {path.join_ms:.1f} ms")
    print(f"Mouth to ear: {delay['p50_ms']:.0f} ms median, {delay['p95_ms']:.0f} ms p95 ({delay['markers']} markers)")
    for size, ratio in ratios.items():
        print(f"With {size} listeners the relay's fan-out is {ratio:.1f} times cheaper per listener than stock aiortc.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 300], metavar="LISTENERS")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each audience is measured")
    options = parser.parse_args()
    results = Path(os.environ.get("VAR_DIR", "var")).resolve() / "bench"
    pin(0, CROWD_CPU)
    with open_house() as home:
        ours, delay = measure_relay(options.sizes, options.seconds)
        stock = measure_stock(options.sizes, options.seconds, home)
    ratios = {
        mine.listeners: round(theirs.us_per_packet / mine.us_per_packet, 2)
        for mine, theirs in zip(ours.points, stock.points, strict=True)
    }
    show([ours, stock], delay, ratios)
    when = datetime.now(UTC)
    results.mkdir(parents=True, exist_ok=True)
    file = results / f"relay-{when:%Y%m%d-%H%M%S}.json"
    file.write_text(
        json.dumps(
            {
                "when": when.isoformat(),
                "machine": {"cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
                "paths": [asdict(ours), asdict(stock)],
                "mouth_to_ear": delay,
                "times_cheaper": ratios,
            },
            indent=2,
        )
    )
    print(f"Written to {file}")


if __name__ == "__main__":
    main()
