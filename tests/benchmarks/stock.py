"""A rival of the benchmark: pre-encoded Opus packets through aiortc as it comes.

One MediaRelay, one stock sender per listener: `python -m tests.benchmarks.stock SOCKET ADDRESS` answers offers, a JSON
line each, on a unix socket until SIGTERM. It mixes nothing: its source is the content itself.
"""

import asyncio
import itertools
import json
import signal
import sys

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

from rooms.demo.whip import PacketTrack
from rooms.relay.aiortc_insides import bind_client
from tests.benchmarks.content import conversation


async def serve(path: str, address: str) -> None:
    source, relay = PacketTrack(itertools.cycle(conversation())), MediaRelay()
    connections: list[RTCPeerConnection] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        offer = json.loads(await reader.readline())["sdp"]
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connections.append(connection)
        connection.addTransceiver(relay.subscribe(source), direction="sendonly")
        bind_client(connection, address)
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        writer.write(json.dumps({"sdp": connection.localDescription.sdp}).encode() + b"\n")
        await writer.drain()
        writer.close()

    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with await asyncio.start_unix_server(answer, path, limit=2**16):
        print("ready", flush=True)
        await stopped.wait()
    await asyncio.gather(*(connection.close() for connection in connections))


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:3]))
