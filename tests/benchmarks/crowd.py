"""The benchmark's people in one process: speakers and probes, or a crowd of listeners that only keep their connection.

`python -m tests.benchmarks.crowd SYSTEM WHERE ADDRESS`; one JSON command a line on standard input, one answer a line:
speak, probe and join (`participants`), sinks and lose (`count`), hear (`seconds`) and count. Ends with its input.
"""

import asyncio
import itertools
import json
import os
import socket
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rooms.relay.opus import SAMPLE_RATE
from tests.benchmarks.clients import DROP_ALL, Client, Probe, filter_in_kernel, report_for_all
from tests.benchmarks.content import FRAMES, MARKER_EVERY, conversation
from tests.benchmarks.signalling import Negotiate, Refused, open_signalling

JOINING_AT_ONCE = 8
# So many probes listen for markers; the others only count and time what arrives.
DECODING = 4
NICENESS = -10


class People:
    """Everybody in this process."""

    def __init__(self, negotiate: Negotiate, address: str) -> None:
        self._negotiate, self._address = negotiate, address
        self.clients: list[Client] = []
        self.probes: list[Probe] = []
        self._speakers: list[Client] = []
        self._sinks: list[socket.socket] = []
        self.sent: list[float] = []

    async def obey(self, command: dict) -> dict:
        match command["do"]:
            case "speak":
                content = conversation()
                for number, participant in enumerate(command["participants"]):
                    speaker = Client(participant, self._address, self._voice(content, number))
                    await speaker.connect(self._negotiate)
                    self._speakers.append(speaker)
                return {"speaking": len(self._speakers)}
            case "probe":
                return await self._join([self._probe(each) for each in command["participants"]])
            case "join":
                return await self._join([Client(each, self._address) for each in command["participants"]])
            case "sinks":
                # Sockets to be sent to, without a connection.
                return {"ports": [self._sink() for _ in range(command["count"])]}
            case "lose":
                self._speakers[0].lose(command["count"])
                return {}
            case "hear":
                return await self._hear(command["seconds"])
            case "count":
                return {"connected": self.connected, "arrived": arrived_packets()}
        raise ValueError(f"unknown command {command}")

    @property
    def connected(self) -> int:
        return sum(client.is_connected for client in self.clients)

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self.clients + self._speakers))
        for sink in self._sinks:
            sink.close()

    def _voice(self, content: list[bytes], number: int) -> Iterator[bytes]:
        """The content for ever, noting when each marker is handed over; a second speaker starts elsewhere in it."""
        for frame in itertools.count(number * MARKER_EVERY):
            if number == 0 and frame % FRAMES % MARKER_EVERY == 0:
                self.sent.append(time.time())
            yield content[frame % FRAMES]

    def _probe(self, participant: str) -> Probe:
        probe = Probe(participant, self._address, decodes=len(self.probes) < DECODING)
        self.probes.append(probe)
        return probe

    async def _join(self, people: list[Client]) -> dict:
        """All of them, or as many as the system takes before it refuses the first."""
        gate, refused = asyncio.Semaphore(JOINING_AT_ONCE), []

        async def join(client: Client) -> None:
            async with gate:
                if refused:
                    return await client.connection.close()
                try:
                    await client.connect(self._negotiate)
                except (Refused, TimeoutError) as error:
                    refused.append(str(error) or "no connection in time")
                    return
                client.watch() if isinstance(client, Probe) else client.quieten()
                self.clients.append(client)

        await asyncio.gather(*map(join, people))
        return {"connected": self.connected, "refused": refused[0] if refused else ""}

    def _sink(self) -> int:
        sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        filter_in_kernel(sink, DROP_ALL)
        sink.bind((self._address, 0))
        self._sinks.append(sink)
        return sink.getsockname()[1]

    async def _hear(self, seconds: float) -> dict:
        """What the probes hear in the next `seconds`; durations in milliseconds."""
        for probe in self.probes:
            probe.packets.clear()
            probe.heard.clear()
        self.sent = self.sent[-2:]
        began = time.time()
        await asyncio.sleep(seconds)
        delivered, gaps, lengths, steps = [], [], [], []
        for probe in self.probes:
            packets = probe.packets
            if len(packets) < 2:
                delivered.append(0.0)
                continue
            arrivals, sequences, times, sizes = map(np.array, zip(*packets, strict=True))
            wanted = ((sequences - sequences[0] + 32768) % 65536 - 32768).max() + 1
            step = int(np.median(np.diff(times)))
            # Fewer packets than the clock asks for is loss as well, though no number is missing.
            due = 1 + round((arrivals[-1] - arrivals[0]) * SAMPLE_RATE / step)
            delivered.append(len(set(sequences)) / max(wanted, due))
            gaps.append(np.diff(arrivals) * 1000)
            lengths.append(sizes.mean())
            steps.append(step)
        gaps = np.concatenate(gaps) if gaps else np.zeros(1)
        return {
            "probes": len(self.probes),
            "delivered": float(np.mean(delivered)) if delivered else 0.0,
            "gap_p50": float(np.percentile(gaps, 50)),
            "gap_p99": float(np.percentile(gaps, 99)),
            "packet_ms": statistics.median(steps) / SAMPLE_RATE * 1000 if steps else 0,
            "bytes": float(np.mean(lengths)) if lengths else 0,
            "delays": self._delays(began),
            "profile": self.probes[0].srtp_profile if self.probes else "",
        }

    def _delays(self, began: float) -> list[tuple[float, float]]:
        """(seconds since `began`, delay) per marker and probe.

        From handing over a marker's first packet to the arrival of the packet in which a probe decodes it.
        """
        found = []
        for heard in (moment for probe in self.probes for moment in probe.heard):
            before = [sent for sent in self.sent if sent < heard]
            if before:
                found.append((heard - began, (heard - before[-1]) * 1000))
        return found


def arrived_packets() -> int:
    """All that came in through this network namespace's devices so far."""
    lines = Path("/proc/self/net/dev").read_text().splitlines()[2:]
    return sum(int(line.split(":")[1].split()[1]) for line in lines)


async def serve(system: str, where: str, address: str) -> None:
    negotiate = await open_signalling(system, where) if where else None
    people = People(negotiate, address)
    reports = asyncio.create_task(report_for_all(people.clients))
    lines = asyncio.StreamReader(limit=2**24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        try:
            reply = await people.obey(json.loads(line))
        except (Refused, TimeoutError, OSError) as error:
            reply = {"error": repr(error)}
        print(json.dumps(reply), flush=True)
    reports.cancel()
    await people.close()


if __name__ == "__main__":
    if sys.argv[1] == "--first":
        # Probes and speakers keep time; the crowd beside them on the same CPU does not have to.
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
        del sys.argv[1]
    asyncio.run(serve(*sys.argv[1:4]))
