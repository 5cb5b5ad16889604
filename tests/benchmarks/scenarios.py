"""What the comparison does not show of our own relay: a full stage before an audience, and a burst of lost packets."""

import time

import numpy as np

from rooms.relay.load import LATE_SECONDS
from tests.benchmarks.house import cpu_seconds
from tests.benchmarks.ladder import audience
from tests.benchmarks.places import Places
from tests.benchmarks.systems import Running, relay

AUDIENCE = 500
LOST_PACKETS = 10
OWN_SHARE_MS = 60.0


def play(places: Places, space: str, speakers: list[str], listeners: list[str], quick: bool) -> dict:
    return {
        "thirteen": _full_stage(places, space, speakers, listeners, 100 if quick else AUDIENCE, 3 if quick else 20),
        "burst": _burst(places, space, speakers[:1], listeners),
    }


def _full_stage(
    places: Places, space: str, speakers: list[str], listeners: list[str], size: int, seconds: float
) -> dict:
    """All seats talking at once; `late_ms` is the ticks' p99 of lateness over ten seconds, read each second."""
    from rooms.relay import client

    print(f"{len(speakers)} speakers talking to {size} listeners", flush=True)
    with relay(places.server, audience_ptime=20) as pid:
        with audience(Running(pid, "relay", space), places, speakers, iter(listeners)) as people:
            refused = people.grow(size)
            # Joining is over, and two seconds later out of what the relay counts as late.
            time.sleep(LATE_SECONDS + 2)
            spent, began = cpu_seconds(pid), time.monotonic()
            late = []
            while time.monotonic() - began < seconds:
                time.sleep(1)
                late += [beat.tick_late_p99_ms for beat in client.relays() if beat.pid == pid]
            cpu = (cpu_seconds(pid) - spent) / (time.monotonic() - began)
            heard = people.probes.ask(do="hear", seconds=5)
    return {
        "speakers": len(speakers),
        "listeners": people.size,
        "refused": refused,
        "cpu": cpu,
        "late_ms": late,
        "delivered": heard["delivered"],
        "gap_p99": heard["gap_p99"],
    }


def _burst(places: Places, space: str, speakers: list[str], listeners: list[str]) -> dict:
    """The relay's own share of mouth to ear before and after a burst loss; `back` in seconds, None: not in the run."""
    print(f"{LOST_PACKETS} packets of the speaker's lost in a row", flush=True)
    with relay(places.server, audience_ptime=20) as pid:
        with audience(Running(pid, "relay", space), places, speakers, iter(listeners)) as people:
            people.grow(20)
            # A fresh jitter buffer takes its first seconds to settle.
            time.sleep(5)
            before = [delay for _, delay in people.probes.ask(do="hear", seconds=10)["delays"]]
            people.probes.ask(do="lose", count=LOST_PACKETS)
            after = people.probes.ask(do="hear", seconds=10)["delays"]
    slow = [moment for moment, delay in after if delay > OWN_SHARE_MS]
    back = max(slow, default=0.0)
    return {
        "lost": LOST_PACKETS,
        "before": before,
        "after": after,
        "back": back if any(moment > back for moment, _ in after) else None,
        "worst_after": float(np.max([delay for _, delay in after])) if after else None,
    }
