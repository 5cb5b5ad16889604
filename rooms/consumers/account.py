"""The live socket of one account, on every page: invitations and notices. It takes no commands.

Close code 4401: not signed in, or not any more. Every other close is followed by a reconnect, and reconnecting is
connecting.
"""

import asyncio
import logging
import random
from importlib import import_module

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from rooms import audiences, fragments

log = logging.getLogger(__name__)

SIGNED_OUT = 4401
# Everything is looked up anew this often, whether or not there was news: it cures what was lost on the way, puts away
# what time has ended, and finds out who signed out. A few indexed queries a minute cost less than versions would.
PULSE_SECONDS = 60.0
_sessions = import_module(settings.SESSION_ENGINE)


class AccountConsumer(AsyncWebsocketConsumer):
    async def __call__(self, scope, receive, send) -> None:
        self.group = ""
        self.looking = asyncio.Lock()
        self.beating: asyncio.Task | None = None
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.beating is not None:
                self.beating.cancel()

    async def connect(self) -> None:
        self.account = self.scope["user"].pk
        await self.accept()
        if self.account is not None:
            self.group = audiences.account(self.account)
            await self.channel_layer.group_add(self.group, self.channel_name)
        # After joining: what changes from here on is told.
        if await self._look():
            self.beating = asyncio.create_task(self._beat())

    async def disconnect(self, code: int) -> None:
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None) -> None:
        """Commands go over HTTP; whatever a client says here is not ours to obey."""

    async def access_changed(self, message: dict) -> None:
        await self._look()

    async def _look(self) -> bool:
        """Shows what waits for this account now. False when it is nobody's any more, and the socket was closed."""
        async with self.looking:
            user = await get_user({"session": _sessions.SessionStore(self.scope["session"].session_key)})
            if self.account is None or user.pk != self.account:
                await self.close(SIGNED_OUT)
                return False
            await self.send(text_data=await database_sync_to_async(fragments.for_account)(user))
            return True

    async def _beat(self) -> None:
        # Spread, so that a restart does not bring a thousand sockets back in step.
        await asyncio.sleep(PULSE_SECONDS * random.random())  # noqa: S311
        while True:
            try:
                if not await self._look():
                    return
            except Exception:
                log.exception("a pulse of the socket of account %s failed", self.account)
            await asyncio.sleep(PULSE_SECONDS)
