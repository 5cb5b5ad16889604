"""`make soak`: rotating speakers and coming and going listeners for an hour; does the relay stay as it was?

A real relay process, thirteen seats of which twelve change hands, and about a hundred listeners of whom some hang up
and some vanish. Every ten seconds it reads what the relay holds on to; it prints how flat that stayed and writes all of
it as JSON under VAR_DIR/bench/. No number is asserted.
"""

import argparse
import asyncio
import itertools
import json
import os
import platform
import random
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from rooms.demo.whip import SILENCE
from tests.benchmarks.clients import Client, Probe, report_for_all
from tests.benchmarks.house import (
    cpu_seconds,
    descriptors,
    manage,
    open_house,
    resident_bytes,
    seed,
    stopping,
    threads,
)
from tests.benchmarks.signalling import Refused, open_signalling

ADDRESS = "127.0.0.1"
SEATS, UNDERSTUDIES, AUDIENCE, PROBES = 13, 12, 100, 2
SAMPLE_SECONDS, ROTATE_SECONDS, STAY_SECONDS = 10.0, 15.0, (20.0, 150.0)
# So many samples, five minutes, are told together while it runs.
SAMPLES_PER_LINE = 30
# So many of those who leave do not hang up: their packets just stop.
VANISHING = 0.2
# Before this share of the time, caches and pools fill.
WARM_UP = 0.1
FLAT = ("rss_mb", "descriptors", "threads", "tasks")


class Evening:
    """Everybody outside the relay, in this process."""

    def __init__(self, space: str, speakers: list[str], understudies: list[str], guests: list[str]) -> None:
        self._space, self._host = space, speakers[0]
        self._waiting, self._guests = understudies, guests
        self._speaking: dict[str, Client] = dict.fromkeys(speakers)
        self.listeners: list[Client] = []
        self.probes: list[Probe] = []
        self.joins = self.leaves = self.vanished = self.failed = self.rotations = 0

    async def open(self) -> None:
        for participant in self._speaking:
            await self._speak(participant)
        for participant in self._guests[:PROBES]:
            probe = Probe(participant, ADDRESS, decodes=False)
            await probe.connect(await open_signalling("relay", self._space))
            probe.watch()
            self.probes.append(probe)
        del self._guests[:PROBES]

    async def listeners_come_and_go(self) -> None:
        visits: set[asyncio.Task] = set()
        try:
            while True:
                # One place in ten is empty, or just taken.
                if len(visits) < AUDIENCE * random.uniform(0.9, 1.1):
                    visit = asyncio.create_task(self._visit(self._guests.pop(0)))
                    visits.add(visit)
                    visit.add_done_callback(visits.discard)
                await asyncio.sleep(random.uniform(0.2, 0.8))
        finally:
            for visit in visits:
                visit.cancel()
            await asyncio.gather(*visits, return_exceptions=True)

    async def speakers_rotate(self) -> None:
        while True:
            await asyncio.sleep(ROTATE_SECONDS)
            going = random.choice([each for each in self._speaking if each != self._host])
            coming = self._waiting.pop(0)
            await self._speaking.pop(going).close()
            await asyncio.to_thread(change_hands, going, coming, self._host)
            self._waiting.append(going)
            await self._speak(coming)
            self.rotations += 1

    async def close(self) -> None:
        people = [*self.probes, *self.listeners, *self._speaking.values()]
        await asyncio.gather(*(each.close() for each in people if each is not None))

    def delivered(self) -> float:
        """The share of packets that reached the probes since the last call."""
        shares = []
        for probe in self.probes:
            sequences = np.array([packet[1] for packet in probe.packets])
            probe.packets.clear()
            if len(sequences):
                span = ((sequences - sequences[0] + 32768) % 65536 - 32768).max() + 1
                shares.append(len(set(sequences)) / span)
        return round(float(np.mean(shares)), 5) if shares else 0.0

    async def _visit(self, guest: str) -> None:
        listener = Client(guest, ADDRESS)
        try:
            await listener.connect(await open_signalling("relay", self._space))
        except (Refused, TimeoutError):
            self.failed += 1
            return
        finally:
            self._guests.append(guest)
        self.joins += 1
        self.listeners.append(listener)
        listener.quieten()
        try:
            await asyncio.sleep(random.uniform(*STAY_SECONDS))
            if random.random() < VANISHING:
                self.vanished += 1
                listener.protocol.transport.abort()
        finally:
            self.leaves += 1
            self.listeners.remove(listener)
            await listener.close()

    async def _speak(self, participant: str) -> None:
        self._speaking[participant] = speaker = Client(participant, ADDRESS, turns())
        try:
            await speaker.connect(await open_signalling("relay", self._space))
        except (Refused, TimeoutError):
            self.failed += 1


def turns() -> Iterator[bytes]:
    """Now talk, now silence."""
    from tests.support import voice

    words = voice.packets()
    while True:
        yield from itertools.islice(words, random.randrange(100, 500))
        yield from itertools.repeat(SILENCE, random.randrange(100, 1500))


def change_hands(going: str, coming: str, host: str) -> None:
    """One seat, through the services: committed, told to the relay, published."""
    from django.db import connections

    from rooms.selectors import participant
    from rooms.services import stage

    try:
        stage.free_seat(participant=participant(going), by=participant(going))
        stage.offer_seat(participant=participant(coming), by=participant(host))
        stage.take_seat(participant=participant(coming), by=participant(coming))
        stage.unmute(participant=participant(coming), by=participant(coming))
    finally:
        connections.close_all()


def stage_and_audience() -> tuple[str, list[str], list[str], list[str]]:
    """The Space and the ids of those on stage, of those who take over from them, and of the guests."""
    from accounts.models import User
    from rooms.models import Space
    from tests.support.cast import enter

    space, speakers, guests = seed(4 * AUDIENCE, SEATS)
    names = [f"understudy{number}" for number in range(UNDERSTUDIES)]
    people = [User.objects.create_user(name, f"{name}@example.org") for name in names]
    understudies = [str(enter(Space.objects.get(pk=space), person).pk) for person in people]
    return space, speakers, understudies, guests


def until_it_beats(server: subprocess.Popen) -> dict:
    """What the relay holds on to before anybody has come."""
    from rooms.relay import client

    while not client.relays():
        if server.poll() is not None:
            raise SystemExit("the relay did not start")
        time.sleep(0.05)
    return look(server.pid)


def look(relay: int) -> dict:
    """What the relay process holds on to, and what it says of itself."""
    from rooms.relay import client

    beats = [beat for beat in client.relays() if beat.pid == relay]
    said = {name: getattr(beats[0], name) for name in ("tasks", "listeners", "speakers", "busy", "tick_late_ms")}
    held = {"rss_mb": round(resident_bytes(relay) / 2**20, 2), "descriptors": descriptors(relay)}
    return held | {"threads": threads(relay)} | said


async def keep_evening(evening: Evening, relay: int, minutes: float) -> list[dict]:
    samples, began, busy = [], time.monotonic(), cpu_seconds(relay)
    await evening.open()
    duties = [
        asyncio.create_task(duty)
        for duty in (evening.listeners_come_and_go(), evening.speakers_rotate(), report_for_all(evening.listeners))
    ]
    try:
        while time.monotonic() - began < 60 * minutes:
            await asyncio.sleep(SAMPLE_SECONDS)
            for duty in duties:
                if duty.done():
                    duty.result()
            sample = {"seconds": round(time.monotonic() - began, 1)} | look(relay)
            sample |= {name: getattr(evening, name) for name in ("joins", "leaves", "vanished", "failed", "rotations")}
            samples.append(sample | {"delivered": evening.delivered(), "cpu_seconds": cpu_seconds(relay) - busy})
            if len(samples) % SAMPLES_PER_LINE == 0:
                tell(samples[-SAMPLES_PER_LINE:])
    finally:
        for duty in duties:
            duty.cancel()
        await asyncio.gather(*duties, return_exceptions=True)
        await evening.close()
    return samples


def tell(samples: list[dict]) -> None:
    held = ", ".join(f"{np.mean([sample[name] for sample in samples]):.1f} {name}" for name in FLAT)
    worst = min(sample["delivered"] for sample in samples)
    print(f"{samples[-1]['seconds'] / 60:5.1f} min: {held}; delivered {worst:.3%} at worst", flush=True)


def flatness(samples: list[dict]) -> dict[str, dict[str, float]]:
    """Per measure the mean of the first and of the last quarter after warming up, and the slope per hour."""
    kept = samples[int(len(samples) * WARM_UP) :]
    hours = np.array([sample["seconds"] for sample in kept]) / 3600
    quarter = max(1, len(kept) // 4)
    found = {}
    for name in (*FLAT, "listeners"):
        values = np.array([sample[name] for sample in kept], float)
        slope = np.polyfit(hours, values, 1)[0] if len(kept) > 2 else 0.0
        ends = values[:quarter].mean(), values[-quarter:].mean()
        found[name] = {"first": round(ends[0], 2), "last": round(ends[1], 2), "per_hour": round(float(slope), 2)}
    return found


def show(samples: list[dict], flat: dict[str, dict[str, float]], empty: dict[str, dict]) -> None:
    print(f"{'':<12}{'first':>9}{'last':>9}{'per hour':>10}{'empty before':>14}{'empty after':>13}")
    for name, each in flat.items():
        before, after = empty["before"][name], empty["after"][name]
        print(f"{name:<12}{each['first']:>9}{each['last']:>9}{each['per_hour']:>10}{before:>14}{after:>13}")
    last = samples[-1]
    print(", ".join(f"{last[name]} {name}" for name in ("joins", "leaves", "vanished", "failed", "rotations")))
    shares, late = [s["delivered"] for s in samples], [s["tick_late_ms"] for s in samples]
    print(f"delivered to the probes: {np.mean(shares):.3%}, at worst {min(shares):.3%} of ten seconds")
    print(f"latest tick of a second, at the samples: p50 {np.median(late):.1f} ms, worst {max(late):.1f} ms")
    print(f"the relay used {last['cpu_seconds'] / last['seconds']:.1%} of a core")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    options = parser.parse_args()
    results = Path(os.environ.get("VAR_DIR", "var")).resolve() / "bench"
    random.seed(1)
    with open_house(), stopping(manage("runrelay")) as server:
        people = stage_and_audience()
        before = until_it_beats(server)
        evening = Evening(*people)
        samples = asyncio.run(keep_evening(evening, server.pid, options.minutes))
        # Those who vanished are noticed within seconds; a Space that is empty goes with the next heartbeat.
        time.sleep(SAMPLE_SECONDS)
        empty = {"before": before, "after": look(server.pid)}
    flat, when = flatness(samples), datetime.now(UTC)
    show(samples, flat, empty)
    results.mkdir(parents=True, exist_ok=True)
    file = results / f"soak-{when:%Y%m%d-%H%M%S}.json"
    machine = {"cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}
    told = {"when": when.isoformat(), "machine": machine, "minutes": options.minutes, "flatness": flat, "empty": empty}
    file.write_text(json.dumps(told | {"samples": samples}, indent=2))
    print(f"Written to {file}")


if __name__ == "__main__":
    main()
