"""Visitors with a live socket, over the real channel layer. Conditions are waited for, never slept for."""

import asyncio
import time

from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from config.asgi import application
from rooms import fragments, selectors
from rooms.identity import Person
from tests.support.html import Page, by_id, settled

PATIENCE = 10.0


class Visitor:
    """One open page of one person: a cookie jar and what the socket has brought."""

    path = "/ws/spaces/{slug}/"

    def __init__(self, slug: str, cookies: dict[str, str], origin: str = "http://localhost"):
        jar = "; ".join(f"{name}={value}" for name, value in cookies.items())
        headers = [(b"cookie", jar.encode()), (b"origin", origin.encode()), (b"host", b"localhost")]
        self.socket = WebsocketCommunicator(application, self.path.format(slug=slug), headers=headers)
        self.page = Page()
        self.closed: int | None = None
        self.received = 0

    async def open(self) -> "Visitor":
        connected, code = await self.socket.connect(timeout=PATIENCE)
        assert connected, code
        await self.next()
        return self

    async def next(self, patience: float = PATIENCE) -> None:
        message = await self.socket.receive_output(patience)
        if message["type"] == "websocket.close":
            self.closed = message.get("code", 1000)
        else:
            self.received += 1
            self.page.apply(message["text"])

    async def until(self, condition) -> None:
        """Takes in messages until the condition holds; fails with what is on screen."""
        deadline = time.monotonic() + PATIENCE
        while not await _met(condition):
            try:
                await self.next(max(deadline - time.monotonic(), 0.01))
            except TimeoutError:
                raise AssertionError(f"never came true; on screen: {self.page.elements}") from None

    async def until_as_reloaded(self, participant) -> None:
        """Live equals reload: everything a fresh snapshot shows stands on this page, letter by letter."""

        async def same() -> bool:
            fresh = settled(by_id(await _snapshot(participant)))
            shown = settled(self.page.elements)
            return {key: shown.get(key) for key in fresh} == fresh

        await self.until(same)

    async def close(self) -> None:
        await self.socket.disconnect()


class AtHome(Visitor):
    """One open page of an account, wherever it is: what waits for its person."""

    path = "/ws/me/"

    def __init__(self, cookies: dict[str, str], origin: str = "http://localhost"):
        super().__init__("", cookies, origin)

    def shows(self, words: str) -> bool:
        return words in self.page.elements["for-you"]

    async def until_as_reloaded(self, user) -> None:
        async def same() -> bool:
            fresh = settled(by_id(await database_sync_to_async(fragments.for_account)(user)))
            return settled(self.page.elements) == fresh

        await self.until(same)


async def _met(condition) -> bool:
    outcome = condition()
    return await outcome if asyncio.iscoroutine(outcome) else outcome


@database_sync_to_async
def _snapshot(participant) -> str:
    stay = selectors.participant(participant.pk)
    barred = selectors.barred(stay.space, Person(user=stay.user, guest=stay.guest), stay)
    return fragments.snapshot(stay.space_id, stay, barred=barred).html
