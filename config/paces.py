"""What is sent waits for whoever takes it. Called once by config.asgi.

Daphne takes whatever the application sends and keeps it in memory until the client has it: a file for somebody slow is
then all in memory, for each of them. So a body that comes in pieces is Twisted's producer here, and sending a piece
takes until the connection has room for the next (daphne 4.2, `http_protocol.WebRequest` and `server.Server`). Here
alone; tests/recordings/test_audio_over_http.py fails when another version moves it.
"""

import asyncio

from daphne import http_protocol, server
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from config.bodies import BoundedRequest

# Nothing at all taken for so long: whoever it was comes back with a range.
STALLED_SECONDS = 120

_handle_reply = server.Server.handle_reply


@implementer(IPushProducer)
class Valve:
    """Shut by Twisted while a connection holds more than it sends away."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    def pauseProducing(self) -> None:
        self._open.clear()

    def resumeProducing(self) -> None:
        self._open.set()

    stopProducing = resumeProducing

    async def opened(self) -> bool:
        """Whether there is room again; False when there was none for too long."""
        if self._open.is_set():
            return True
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                return await self._open.wait()
        except TimeoutError:
            return False


class PacedRequest(BoundedRequest):
    valve: Valve | None = None

    def handle_reply(self, message: dict) -> None:
        if message["type"] == "http.response.body" and not self.finished and self.channel is not None:
            more = message.get("more_body", False)
            if more and self.valve is None:
                self.valve = Valve()
                self.registerProducer(self.valve, True)
            elif not more and self.valve is not None:
                self.unregisterProducer()
                self.valve = None
        super().handle_reply(message)


async def _paced_reply(self, protocol, message: dict) -> None:
    await _handle_reply(self, protocol, message)
    valve = getattr(protocol, "valve", None)
    if valve is not None and not await valve.opened() and protocol.channel is not None:
        protocol.channel.forceAbortClient()


def keep() -> None:
    """From now on Daphne sends at the pace of whoever reads."""
    http_protocol.WebRequest = PacedRequest
    server.Server.handle_reply = _paced_reply
