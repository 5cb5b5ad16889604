"""Many people who play a replay: each reads its file as a player does, ahead of what is heard, and begins anew.

`python -m tests.benchmarks.readers URL COUNT` says {"came": seconds} once all play, then for each line it reads
{"bytes": so far, "failed": how often a connection broke or was refused}. Started by replays.py.
"""

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

# Twice as fast as it plays at 64 kbit/s (bytes), taken in so many parts a second.
BYTES_PER_SECOND, PARTS = 16_000, 4
# What the kernel would otherwise take in at once: a whole replay.
BUFFER = 16_384
# All come within so many seconds.
COMING_SECONDS = 5


class Readers:
    def __init__(self, url: str, count: int) -> None:
        parts = urlsplit(url)
        self.host, self.port, self.path = parts.hostname, parts.port, parts.path
        self.count, self.bytes, self.failed = count, 0, 0
        self.served: set[int] = set()

    async def run(self) -> None:
        loop, began = asyncio.get_running_loop(), time.monotonic()
        tasks = [loop.create_task(self._play(number)) for number in range(self.count)]
        while len(self.served) < self.count:
            await asyncio.sleep(0.05)
        print(json.dumps({"came": time.monotonic() - began}), flush=True)
        while await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps({"bytes": self.bytes, "failed": self.failed}), flush=True)
        for task in tasks:
            task.cancel()

    async def _play(self, number: int) -> None:
        # Not all in the same tick.
        await asyncio.sleep(number / self.count * COMING_SECONDS)
        while True:
            try:
                reader, writer = await asyncio.open_connection(self.host, self.port, limit=BUFFER)
            except OSError:
                self.failed += 1
                await asyncio.sleep(1)
                continue
            try:
                await self._read(number, reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                self.failed += 1
            finally:
                writer.close()

    async def _read(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = f"{self.host}:{self.port}"
        writer.write(f"GET {self.path} HTTP/1.1\r\nHost: {host}\r\nRange: bytes=0-\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 206"):
            self.failed += 1
            return await asyncio.sleep(1)
        self.served.add(number)
        left = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while left:
            part = await reader.readexactly(min(left, BYTES_PER_SECOND // PARTS))
            left -= len(part)
            self.bytes += len(part)
            await asyncio.sleep(1 / PARTS)


if __name__ == "__main__":
    asyncio.run(Readers(sys.argv[1], int(sys.argv[2])).run())
