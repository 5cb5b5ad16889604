"""What the sockets of all open pages have in common: they take no commands, beat, and know whose they are."""

import asyncio
import logging
import random
from importlib import import_module

from channels.auth import get_user
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from accounts.sessions import moved_to

log = logging.getLogger(__name__)

_sessions = import_module(settings.SESSION_ENGINE)


class Window(AsyncWebsocketConsumer):
    """`joined` are the groups this socket listens to."""

    async def __call__(self, scope, receive, send) -> None:
        self.joined: set[str] = set()
        self.beating: asyncio.Task | None = None
        self.session_key = scope["session"].session_key
        try:
            await super().__call__(scope, receive, send)
        finally:
            # disconnect() is called when the client goes, not when a handler fails: nobody may stay present for that.
            if self.beating is not None:
                self.beating.cancel()

    async def disconnect(self, code: int) -> None:
        for group in self.joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def join(self, groups: set[str]) -> None:
        """From now on to these groups, and to no others."""
        for group in self.joined - groups:
            await self.channel_layer.group_discard(group, self.channel_name)
        for group in groups - self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        self.joined = groups

    async def receive(self, text_data=None, bytes_data=None) -> None:
        """Commands go over HTTP; whatever a client says here is not ours to obey."""

    async def look(self) -> bool:
        """One beat. False once the socket was closed."""
        raise NotImplementedError

    async def rest(self, share: float) -> None:
        """Until the next beat is due, for that share of the whole time."""
        raise NotImplementedError

    async def beat(self) -> None:
        # Spread, so that a restart does not bring a thousand sockets back in step.
        share = random.random()  # noqa: S311
        while True:
            await self.rest(share)
            share = 1
            try:
                if not await self.look():
                    return
            except Exception:
                log.exception("a pulse of %s failed", self.scope["path"])

    async def owner(self):
        """Whose session this is now, read anew: the account that opened the socket, another, or nobody. A session that
        goes on under another key is the same. Nothing is news for an account that is about to be erased."""
        while True:
            user = await get_user({"session": _sessions.SessionStore(self.session_key)})
            after = None if user.is_authenticated else await asyncio.to_thread(moved_to, self.session_key)
            if after is None:
                return user if user.is_anonymous or user.is_open else AnonymousUser()
            self.session_key = after
