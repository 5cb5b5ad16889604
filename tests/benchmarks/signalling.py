"""How a client of the benchmark reaches each system under test; all else about a client is the same for all.

`open_signalling` gives `negotiate(kind, participant, connection)`, which ends with both descriptions set. `kind` is
"whip" for a speaker and "whep" for a listener. Raises Refused when the system takes nobody more.
"""

import asyncio
import itertools
import json
import os
import socket
from collections.abc import Awaitable, Callable

from aiortc import RTCPeerConnection, RTCSessionDescription

Negotiate = Callable[[str, str, RTCPeerConnection], Awaitable[None]]

ROOM, MOUNTPOINT = 1, 1
# What our own mixer's encoder is set to, so that both do the same work (rooms/relay/opus.py).
ROOM_SETTINGS = {
    "room": ROOM,
    "permanent": False,
    "sampling_rate": 48_000,
    "default_bitrate": 32_000,
    "default_expectedloss": 10,
    "audiolevel_ext": True,
    "audiolevel_event": False,
}
QUALITY = 5


class Refused(Exception):
    """The system is full, and said so."""


async def open_signalling(system: str, where: str) -> Negotiate:
    """`where` is a Space's id for the relay, and the path of a unix socket for the others."""
    if system == "relay":
        return await asyncio.to_thread(_relay, where)
    if system == "stock":
        return _stock(where)
    janus = await Janus.connect(where)
    return janus.join_bridge if system == "bridge" else janus.join_streaming


async def _offering(connection: RTCPeerConnection, ask: Callable[[str], Awaitable[str]]) -> None:
    await connection.setLocalDescription(await connection.createOffer())
    answer = await ask(connection.localDescription.sdp)
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))


def _relay(space: str) -> Negotiate:
    import django

    django.setup()
    from rooms.relay import client
    from rooms.relay.protocol import Offer, Refusal
    from rooms.selectors import space_state

    state = space_state(space)

    async def negotiate(kind: str, participant: str, connection: RTCPeerConnection) -> None:
        async def ask(offer: str) -> str:
            reply = await client.offer(Offer(kind, participant, offer, state))
            if isinstance(reply, Refusal):
                raise Refused(f"{reply.status} {reply.code}")
            return reply.sdp

        await _offering(connection, ask)

    return negotiate


def _stock(path: str) -> Negotiate:
    async def negotiate(kind: str, participant: str, connection: RTCPeerConnection) -> None:
        async def ask(offer: str) -> str:
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(json.dumps({"sdp": offer}).encode() + b"\n")
            answer = json.loads(await reader.readline())
            writer.close()
            return answer["sdp"]

        await _offering(connection, ask)

    return negotiate


class Janus:
    """Janus's JSON API over its unix socket: one session, one handle per client."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._numbers = itertools.count()
        self._waiting: dict[str, asyncio.Future] = {}
        self._reading = asyncio.get_running_loop().create_task(self._read())

    @classmethod
    async def connect(cls, path: str) -> "Janus":
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connected.setblocking(False)
        connected.connect(path)
        janus = cls(connected)
        janus._session = (await janus._ask("create"))["data"]["id"]
        return janus

    async def close(self) -> None:
        self._reading.cancel()
        self._socket.close()

    async def make_room(self, prebuffering: int) -> None:
        handle = await self._attach("audiobridge")
        await self._message(handle, {"request": "create", "default_prebuffering": prebuffering} | ROOM_SETTINGS)

    async def make_mountpoint(self, port: int) -> None:
        """The room's mix, forwarded as plain RTP on loopback to a mountpoint for the audience."""
        media = {"type": "audio", "mid": "a", "port": port, "pt": 111, "codec": "opus"}
        handle = await self._attach("streaming")
        await self._message(handle, {"request": "create", "type": "rtp", "id": MOUNTPOINT, "media": [media]})
        handle = await self._attach("audiobridge")
        forward = {"request": "rtp_forward", "room": ROOM, "host": "127.0.0.1", "port": port, "ptype": 111}
        await self._message(handle, forward | {"codec": "opus", "always_on": True})

    async def join_bridge(self, kind: str, participant: str, connection: RTCPeerConnection) -> None:
        handle = await self._attach("audiobridge")
        join = {"request": "join", "room": ROOM, "display": participant, "muted": kind == "whep", "quality": QUALITY}

        async def ask(offer: str) -> str:
            reply = await self._message(handle, join, {"type": "offer", "sdp": offer})
            return reply["jsep"]["sdp"]

        await _offering(connection, ask)

    async def join_streaming(self, kind: str, participant: str, connection: RTCPeerConnection) -> None:
        """Speakers join the room; for a mountpoint's audience Janus makes the offer."""
        if kind == "whip":
            return await self.join_bridge(kind, participant, connection)
        handle = await self._attach("streaming")
        reply = await self._message(handle, {"request": "watch", "id": MOUNTPOINT})
        await connection.setRemoteDescription(RTCSessionDescription(reply["jsep"]["sdp"], "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        answer = {"type": "answer", "sdp": connection.localDescription.sdp}
        await self._message(handle, {"request": "start"}, answer)

    async def _attach(self, plugin: str) -> int:
        reply = await self._ask("attach", session_id=self._session, plugin=f"janus.plugin.{plugin}")
        return reply["data"]["id"]

    async def _message(self, handle: int, body: dict, jsep: dict | None = None) -> dict:
        fields = {"session_id": self._session, "handle_id": handle, "body": body}
        reply = await self._ask("message", **fields, **({"jsep": jsep} if jsep else {}))
        data = reply.get("plugindata", {}).get("data", {})
        if "error" in data:
            raise Refused(f"Janus: {data['error']}")
        return reply

    async def _ask(self, verb: str, **fields) -> dict:
        transaction = f"{os.getpid()}-{next(self._numbers)}"
        waiting = self._waiting[transaction] = asyncio.get_running_loop().create_future()
        message = json.dumps({"janus": verb, "transaction": transaction, **fields})
        await asyncio.get_running_loop().sock_sendall(self._socket, message.encode())
        async with asyncio.timeout(20):
            reply = await waiting
        if reply["janus"] == "error":
            raise Refused(f"Janus: {reply['error']['reason']}")
        return reply

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while message := await loop.sock_recv(self._socket, 1 << 17):
            reply = json.loads(message)
            if reply["janus"] == "ack":
                # It promises an event.
                continue
            waiting = self._waiting.pop(reply.get("transaction"), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(reply)
