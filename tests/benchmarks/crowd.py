"""Many cheap WHEP listeners in one process: full ICE, DTLS and receiver reports, but packets are only counted.

`python -m tests.benchmarks.crowd relay SPACE` or `... stock SOCKET`; one JSON command a line on standard input:
join (participants), count. Ends with its input.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

import aioice.ice
import aiortc.rtcrtpreceiver
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from rooms.relay.aiortc_insides import bind_client

# Of each listener's packets one in so many goes through aiortc, so that it has something to report.
WHOLE_WAY = 50
JOINING_AT_ONCE = 8

packets = 0
whole = aioice.ice.StunProtocol.datagram_received


def count_and_drop(self, data: bytes, address: tuple) -> None:
    global packets
    if data and 128 <= data[0] < 192:
        if not 192 <= data[1] < 224:
            packets += 1
            if packets % WHOLE_WAY:
                return
    whole(self, data, address)


def no_decoder(*arguments: object) -> None:
    """In place of a decoder thread for each listener."""


async def listen(offer: Callable[[str, str], Awaitable[str]], participant: str) -> RTCPeerConnection:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver("audio", direction="recvonly")
    bind_client(connection, "127.0.0.1")
    settled = asyncio.Event()

    @connection.on("connectionstatechange")
    def changed() -> None:
        if connection.connectionState in ("connected", "failed", "closed"):
            settled.set()

    await connection.setLocalDescription(await connection.createOffer())
    answer = await offer(participant, connection.localDescription.sdp)
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    async with asyncio.timeout(30):
        await settled.wait()
    return connection


def relay_offers(space: str) -> Callable[[str, str], Awaitable[str]]:
    import django

    django.setup()
    from rooms.relay import client
    from rooms.relay.protocol import Offer
    from rooms.selectors import space_state

    state = space_state(space)

    async def offer(participant: str, sdp: str) -> str:
        return (await client.offer(Offer("whep", participant, sdp, state))).sdp

    return offer


def stock_offers(path: str) -> Callable[[str, str], Awaitable[str]]:
    async def offer(participant: str, sdp: str) -> str:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(json.dumps({"sdp": sdp}).encode() + b"\n")
        answer = json.loads(await reader.readline())
        writer.close()
        return answer["sdp"]

    return offer


async def serve(offer: Callable[[str, str], Awaitable[str]]) -> None:
    connections: list[RTCPeerConnection] = []
    gate = asyncio.Semaphore(JOINING_AT_ONCE)

    async def join(participant: str) -> None:
        async with gate:
            connections.append(await listen(offer, participant))

    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        command = json.loads(line)
        if command["do"] == "join":
            await asyncio.gather(*(join(participant) for participant in command["participants"]))
        connected = sum(connection.connectionState == "connected" for connection in connections)
        print(json.dumps({"packets": packets, "connected": connected}), flush=True)
    await asyncio.gather(*(connection.close() for connection in connections))


if __name__ == "__main__":
    aioice.ice.StunProtocol.datagram_received = count_and_drop
    aiortc.rtcrtpreceiver.decoder_worker = no_decoder
    asyncio.run(serve({"relay": relay_offers, "stock": stock_offers}[sys.argv[1]](sys.argv[2])))
