"""`make bench-sound`: what a core carries here, beside Janus, aiortc's own packet path and the least a server can do.

One run, one machine, the same clients for all; the system under test on one CPU and its clients on another, in private
network namespaces where root allows. Writes docs/performance.md and JSON under VAR_DIR/bench/; asserts nothing.
"""

import argparse
import json
import os
import resource
import signal
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import janus, page, scenarios, written
from tests.benchmarks.house import open_house, pin, seed
from tests.benchmarks.ladder import Point, Timing, climb
from tests.benchmarks.places import LOOPBACK, private_places
from tests.benchmarks.systems import ALL, BRIDGE, LOOPS, STREAMING, started

CLIENTS_CPU = 1
SPEAKERS = 13
# A smoke run: the two smallest audiences of each system, for a moment.
QUICK = 1.0, 3.0


def main() -> None:
    options = parse()
    chosen = [system for system in ALL if system.key in options.systems]
    if janus.version() is None:
        print("Janus is not installed (apt-get install janus): the comparison goes without it.")
        chosen = [system for system in chosen if system not in (BRIDGE, STREAMING, LOOPS)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    results = Path(os.environ.get("VAR_DIR", "var")).resolve() / "bench"
    # Everything that is not the system under test, Redis and this process included, shares the clients' CPU.
    pin(0, CLIENTS_CPU)
    with open_house() as home, private_places() as places:
        # Twice as many as are ever inside: some are refused, and others come in their place.
        space, speakers, listeners = seed(2 * max(max(system.sizes) for system in ALL), SPEAKERS)
        found: dict[str, list[list[Point]]] = {system.key: [] for system in chosen}
        settle, window = QUICK if options.quick else (options.settle, options.seconds)
        timing = Timing(settle, window, options.preliminary)
        for turn in range(1 if options.quick else options.passes):
            for system in chosen if turn % 2 == 0 else reversed(chosen):
                print(f"{system.title}, pass {turn + 1}", flush=True)
                here = replace(system, sizes=system.sizes[:2]) if options.quick else system
                try:
                    with started(here, places, home / f"{system.key}-{turn}", space) as running:
                        found[system.key].append(climb(here, running, places, speakers, listeners, timing))
                except (RuntimeError, OSError) as error:
                    # The others' figures are worth having all the same.
                    print(f"  {system.title} was not measured: {error!r}", flush=True)
        stage = {} if options.no_scenarios else scenarios.play(places, space, speakers, listeners, options.quick)
    report = {
        "when": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": page.machine() | {"janus": janus.version(), "private": places is not LOOPBACK},
        "timing": asdict(timing) | {"passes": 1 if options.quick else options.passes},
        "systems": {key: [[asdict(point) for point in points] for points in passes] for key, passes in found.items()},
        "scenarios": stage,
    }
    results.mkdir(parents=True, exist_ok=True)
    file = results / f"sound-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(report, indent=1))
    print(f"written to {file}")
    figures = page.figures(report, found)
    print(figures)
    if not options.quick:
        written.put(figures, page.BEGIN, page.END)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    keys = [system.key for system in ALL]
    parser.add_argument("--systems", nargs="+", choices=keys, default=keys, metavar="SYSTEM", help=", ".join(keys))
    parser.add_argument("--passes", type=int, default=2, help="times through all systems, every other one backwards")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each audience is measured")
    parser.add_argument("--settle", type=float, default=3.0, help="how long each audience settles first")
    parser.add_argument("--no-scenarios", action="store_true", help="the comparison only")
    parser.add_argument("--preliminary", action="store_true", help="on a busy machine: keep all points, and say so")
    parser.add_argument(
        "--quick", action="store_true", help="a smoke run of a minute or two that leaves the page alone"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
