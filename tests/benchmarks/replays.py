"""`make bench-replays`: what hundreds of people who play a replay do to a Space that is live on the same machine.

One relay with a Space in it, and one web process that serves both its page and the replay, without nginx before it; the
players come and go in turns. Writes its part of docs/performance.md; asserts nothing.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from tests.benchmarks import written
from tests.benchmarks.house import cpu_seconds, launch, open_house, pin, python, seed, stopping
from tests.benchmarks.ladder import Audience, Timing, audience, weigh
from tests.benchmarks.page import machine
from tests.benchmarks.places import Places, private_places
from tests.benchmarks.readers import COMING_SECONDS
from tests.benchmarks.systems import Running, relay

CLIENTS_CPU = 1
SPEAKERS, LISTENERS, PLAYERS = 2, 50, 500
BEGIN, END = "<!-- make bench-replays writes from here -->", "<!-- replays: to here -->"
READY_SECONDS = 60


@dataclass(frozen=True)
class Turn:
    """`gap_ms` and `late_ms` are listeners' and the media clock's p99, `page_ms` how long the Space's page took; `web`
    cores of the web process; bytes a second to players, and how often one was refused or cut off; `came` how long it
    took (s) until all of them had begun to play."""

    playing: bool
    delivered: float
    gap_ms: float
    late_ms: float
    page_ms: list[float]
    web: float
    rate: float
    failed: int
    came: float


def main() -> None:
    options = written.options(__doc__.splitlines()[0], passes=3, quick=(1, 10.0))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    pin(0, CLIENTS_CPU)
    with open_house(), private_places() as places:
        space, speakers, listeners = seed(10 * LISTENERS, SPEAKERS)
        made = python("-m", "tests.support.replayed", "bench", "Heard by many", stdout=subprocess.PIPE, text=True)
        slug = made.communicate()[0].strip()
        with web() as (site, server), relay(places.server, audience_ptime=20, relay_full_at=9) as pid:
            running = Running(pid, "relay", space)
            with audience(running, places, speakers, iter(listeners)) as people:
                if refused := people.grow(LISTENERS):
                    raise SystemExit(f"not everybody came in: {refused}")
                turns: list[Turn] = []
                for number in range(2 * options.passes):
                    playing = number % 4 in (1, 2)
                    with players(f"{site}/spaces/{slug}/replay/audio.m4a", playing) as ask:
                        turns.append(measure(running, people, places, page_of(site, space), server, ask, options))
                    print(describe(turns[-1]), flush=True)
    text = figures(turns, options)
    print(text)
    if not options.quick:
        written.put(text, BEGIN, END)


@contextmanager
def web() -> Iterator[tuple[str, int]]:
    """(address, process id) of a web process as `manage.py up` starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ("-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0", "config.asgi:application")
    with stopping(launch(sys.executable, *command)) as server:
        site, deadline = f"http://127.0.0.1:{port}", time.monotonic() + READY_SECONDS
        while True:
            try:
                fetch(f"{site}/healthz")
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield site, server.pid


@contextmanager
def players(url: str, playing: bool) -> Iterator:
    """Asks what they have read so far: {"bytes", "failed", "came"}."""
    if not playing:
        yield lambda: {"bytes": 0, "failed": 0, "came": 0.0}
        return
    command = ("-m", "tests.benchmarks.readers", url, str(PLAYERS))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with stopping(launch(sys.executable, *command, cpu=CLIENTS_CPU, **pipes)) as child:
        if not (line := child.stdout.readline()):
            raise SystemExit("the players did not come")
        came = json.loads(line)

        def ask() -> dict:
            child.stdin.write("\n")
            child.stdin.flush()
            return came | json.loads(child.stdout.readline())

        yield ask


def measure(running: Running, people: Audience, places: Places, page: str, server: int, ask, options) -> Turn:
    from rooms.relay import client

    before, spent, began = ask(), cpu_seconds(server), time.monotonic()
    pages = []
    for _ in range(20):
        asked = time.monotonic()
        fetch(page)
        pages.append(1000 * (time.monotonic() - asked))
        time.sleep(0.1)
    point = weigh(running, people, places, LISTENERS, Timing(settle=0.5, window=options.seconds))
    late = next(beat for beat in client.relays() if beat.pid == running.pid).tick_late_p99_ms
    after, passed = ask(), time.monotonic() - began
    return Turn(
        playing=bool(after["bytes"]),
        delivered=point.delivered,
        gap_ms=point.gap_p99,
        late_ms=late,
        page_ms=pages,
        web=(cpu_seconds(server) - spent) / passed,
        rate=(after["bytes"] - before["bytes"]) / passed,
        failed=after["failed"],
        came=after["came"],
    )


def page_of(site: str, space: str) -> str:
    from rooms.models import Space

    return site + Space.objects.get(pk=space).get_absolute_url()


def fetch(url: str) -> None:
    with urllib.request.urlopen(url, timeout=30) as answer:
        answer.read()


def describe(turn: Turn) -> str:
    who = "players" if turn.playing else "alone  "
    sound = f"gaps p99 {turn.gap_ms:5.1f} ms  clock p99 {turn.late_ms:4.1f} ms"
    served = f"page {np.median(turn.page_ms):5.0f} ms  web {turn.web:5.1%}  {turn.rate / 1e6:5.1f} MB/s"
    return f"{who}  {sound}  {served}  {turn.failed} failed"


def figures(turns: list[Turn], options: argparse.Namespace) -> str:
    kinds = [[turn for turn in turns if turn.playing is kind] for kind in (True, False)]
    its = machine()

    def row(name: str, value, form: str = ".1f") -> str:
        cells = [format(statistics.median(value(turn) for turn in kind), form) for kind in kinds]
        return f"| {name} | {cells[0]} | {cells[1]} |"

    gaps = [statistics.median(turn.gap_ms for turn in kind) for kind in kinds]
    lines = [
        f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {its['cpus']} × {its['cpu']}, Linux {its['kernel']}, "
        f"Python {its['python']}: {PLAYERS} players, each twice as fast as it plays, a live Space with {SPEAKERS} "
        f"speakers and {LISTENERS} listeners; {len(kinds[0])} turns of {options.seconds:.0f} s each, median; the load "
        f"of the machine was {os.getloadavg()[2]:.1f}.",
        "",
        f"| | with {PLAYERS} players | without |",
        "| --- | ---: | ---: |",
        row("gaps between a listener's packets, p99, ms", lambda turn: turn.gap_ms),
        row("packets delivered", lambda turn: turn.delivered, ".2%"),
        row("lateness of the media clock, p99, ms", lambda turn: turn.late_ms),
        row("the Space's page, p50, ms", lambda turn: float(np.percentile(turn.page_ms, 50)), ".0f"),
        row("the Space's page, p95, ms", lambda turn: float(np.percentile(turn.page_ms, 95)), ".0f"),
        row("CPU of the web process", lambda turn: turn.web, ".0%"),
        row("sent to players, MB/s", lambda turn: turn.rate / 1e6),
        "",
        f"The live Space's gaps are {gaps[0] / gaps[1]:.2f} times what they are without. All {PLAYERS} came within "
        f"{COMING_SECONDS} s, before each turn, and had begun to play after "
        f"{statistics.median(turn.came for turn in kinds[0]):.1f} s; "
        f"{sum(turn.failed for turn in turns)} downloads were refused or broke.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
