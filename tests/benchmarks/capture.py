"""`make bench-capture`: what it costs a relay to keep what thirteen people say, all of them all the time.

One relay, with the same people inside from the first second to the last; capturing is switched on and off in turns, so
that what else the machine does meets both. Kept means kept: on the disk, in storage, a row for each segment. Writes its
part of docs/performance.md; asserts nothing.
"""

import argparse
import os
import signal
import statistics
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import written
from tests.benchmarks.house import cpu_seconds, open_house, pin, resident_bytes, seed
from tests.benchmarks.ladder import audience
from tests.benchmarks.page import machine
from tests.benchmarks.places import private_places
from tests.benchmarks.systems import Running, relay

CLIENTS_CPU = 1
SPEAKERS, LISTENERS = 13, 20
BEGIN, END = "<!-- make bench-capture writes from here -->", "<!-- capture: to here -->"
SWITCH_SECONDS = 15
# The first segments are four seconds long, and are kept some time after that.
SETTLE_SECONDS = 7
PROMISE = 0.03


@dataclass(frozen=True)
class Turn:
    """`cpu` in cores, `late_ms` the media clock's p99 of ten seconds at worst; what was kept, and how much of it."""

    on: bool
    cpu: float
    late_ms: float
    seconds: float
    segments: int
    bytes: int
    samples: int


def main() -> None:
    options = written.options(__doc__.splitlines()[0], passes=6, quick=(2, 8.0))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    pin(0, CLIENTS_CPU)
    with open_house() as home, private_places() as places:
        space, speakers, listeners = seed(10 * LISTENERS, SPEAKERS)
        # Nobody is turned away on a busy machine: all turns have the same people.
        with relay(places.server, audience_ptime=20, relay_full_at=9) as pid:
            running = Running(pid, "relay", space)
            with audience(running, places, speakers, iter(listeners)) as people:
                if refused := people.grow(LISTENERS):
                    raise SystemExit(f"not everybody came in: {refused}")
                turns: list[Turn] = []
                for number in range(2 * options.passes):
                    # On, off, off, on: what drifts slowly meets both alike.
                    turns.append(measure(pid, home, space, number % 4 in (0, 3), options.seconds))
                    print(describe(turns[-1]), flush=True)
                resident, dropped = resident_bytes(pid), _beat(pid).capture_dropped
    text = figures(turns, resident, dropped, options)
    print(text)
    if not options.quick:
        written.put(text, BEGIN, END)


def measure(pid: int, home: Path, space: str, on: bool, seconds: float) -> Turn:
    from recordings.models import Segment

    switch(home, space, on)
    time.sleep(SETTLE_SECONDS)
    rows = Segment.objects.order_by("pk")
    last = rows.values_list("pk", flat=True).last() or 0
    spent, began, late = cpu_seconds(pid), time.monotonic(), 0.0
    while time.monotonic() - began < seconds:
        time.sleep(1)
        late = max(late, _beat(pid).tick_late_p99_ms)
    passed = time.monotonic() - began
    if _beat(pid).speakers != SPEAKERS:
        raise SystemExit("some speakers were cut off: this machine is too busy for a comparison")
    cpu = (cpu_seconds(pid) - spent) / passed
    kept = [(row.bytes, row.samples) for row in rows.filter(pk__gt=last)]
    size, samples = (sum(column) for column in zip(*kept, strict=True)) if kept else (0, 0)
    return Turn(on, cpu, late, passed, len(kept), size, samples)


def switch(home: Path, space: str, on: bool) -> None:
    """In the rows, which the relay reads every few seconds."""
    from rooms.models import Space

    Space.objects.filter(pk=space).update(review_copy=on)
    spool, deadline = home / "capture", time.monotonic() + SWITCH_SECONDS
    # Folders come and go meanwhile, which os.walk takes for empty.
    while sum(name.endswith(".part") for _, _, names in os.walk(spool) for name in names) != (SPEAKERS if on else 0):
        if time.monotonic() > deadline:
            raise RuntimeError("the relay did not begin to capture" if on else "the relay did not stop capturing")
        # A file is opened again every four seconds.
        time.sleep(0.02)


def _beat(pid: int):
    from rooms.relay import client

    return next(beat for beat in client.relays() if beat.pid == pid)


def describe(turn: Turn) -> str:
    said = f"{'on ' if turn.on else 'off'}  CPU {turn.cpu:6.2%}  late {turn.late_ms:4.1f} ms"
    return said + (f"  {turn.segments} segments, {turn.bytes / 1024:,.0f} KiB" if turn.on else "")


def figures(turns: list[Turn], resident: int, dropped: int, options: argparse.Namespace) -> str:
    on, off = ([turn for turn in turns if turn.on is kind] for kind in (True, False))
    # Neighbours in time are compared with each other.
    pairs = zip(on, off, strict=True)
    more = [with_it.cpu - without.cpu for with_it, without in pairs]
    cost = statistics.median(more)
    spoken, size = sum(turn.samples for turn in on) / 48_000, sum(turn.bytes for turn in on)
    its = machine()
    lines = [
        f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {its['cpus']} × {its['cpu']}, Linux {its['kernel']}, "
        f"Python {its['python']}: {SPEAKERS} speakers who never stop, {LISTENERS} listeners, {len(on)} turns of "
        f"{options.seconds:.0f} s with capturing and as many without, median; the load of the machine was "
        f"{os.getloadavg()[2]:.1f}.",
        "",
        "| | with | without |",
        "| --- | ---: | ---: |",
        f"| the relay's CPU | {_median(on, 'cpu'):.1%} | {_median(off, 'cpu'):.1%} |",
        f"| lateness of the media clock, p99 of ten seconds, worst of a turn, ms | {_median(on, 'late_ms'):.1f} "
        f"| {_median(off, 'late_ms'):.1f} |",
        "",
        f"Capturing costs {cost:.1%} of a core more ({min(more):.1%} to {max(more):.1%} between neighbouring turns); "
        f"promised are {PROMISE:.0%} at most, {'kept' if cost <= PROMISE else '**missed**'}. In "
        f"{sum(turn.seconds for turn in on):.0f} s of 13 voices {sum(turn.segments for turn in on)} segments came "
        f"into storage, {spoken:,.0f} s of sound at {size / max(1, spoken) * 8 / 1000:.0f} kbit/s; {dropped} packets "
        f"were dropped. Memory at the end: {resident / 2**20:.0f} MiB.",
    ]
    return "\n".join(lines)


def _median(turns: list[Turn], name: str) -> float:
    return statistics.median(getattr(turn, name) for turn in turns)


if __name__ == "__main__":
    main()
