"""Many people who play a replay: each reads its file as a player does, ahead of what is heard, and begins anew.

`python -m tests.benchmarks.readers URL COUNT` says {"open": n} once all are connected, then for each line it reads
{"bytes": so far, "failed": how often a connection broke or was refused}. Started by replays.py.
"""

import asyncio
import json
import sys
from urllib.parse import urlsplit

# Twice as fast as it plays at 64 kbit/s (bytes), taken in so many parts a second.
BYTES_PER_SECOND, PARTS = 16_000, 4
# What the kernel would otherwise take in at once: a whole replay.
BUFFER = 16_384


class Readers:
    def __init__(self, url: str, count: int) -> None:
        parts = urlsplit(url)
        self.host, self.port, self.path = parts.hostname, parts.port, parts.path
        self.count, self.open, self.bytes, self.failed = count, 0, 0, 0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(self._play(number)) for number in range(self.count)]
        while self.open < self.count:
            await asyncio.sleep(0.05)
        print(json.dumps({"open": self.open}), flush=True)
        while await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps({"bytes": self.bytes, "failed": self.failed}), flush=True)
        for task in tasks:
            task.cancel()

    async def _play(self, number: int) -> None:
        # Not all in the same tick.
        await asyncio.sleep(number / self.count * 5)
        first = True
        while True:
            try:
                reader, writer = await asyncio.open_connection(self.host, self.port, limit=BUFFER)
            except OSError:
                self.failed += 1
                await asyncio.sleep(1)
                continue
            self.open += first
            first = False
            try:
                await self._read(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                self.failed += 1
            finally:
                writer.close()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = f"{self.host}:{self.port}"
        writer.write(f"GET {self.path} HTTP/1.1\r\nHost: {host}\r\nRange: bytes=0-\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 206"):
            self.failed += 1
            return await asyncio.sleep(1)
        left = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while left:
            part = await reader.readexactly(min(left, BYTES_PER_SECOND // PARTS))
            left -= len(part)
            self.bytes += len(part)
            await asyncio.sleep(1 / PARTS)


if __name__ == "__main__":
    asyncio.run(Readers(sys.argv[1], int(sys.argv[2])).run())
