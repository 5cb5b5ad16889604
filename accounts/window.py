"""What the sockets of all open pages have in common: they take no commands, beat, and know whose they are."""

import asyncio
import contextlib
import logging
import random
from importlib import import_module

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from accounts import audiences
from accounts.limits import spent
from accounts.sessions import moved_to

log = logging.getLogger(__name__)

_sessions = import_module(settings.SESSION_ENGINE)

TOO_MANY, SIGNED_OUT, NOT_FOUND = 1013, 4401, 4404
# By one account.
OPENED_PER_MINUTE = 120
# Everything is looked up anew this often, whether or not there was news: it cures what was lost on the way, puts away
# what time has ended, and finds out who signed out. A few indexed queries a minute cost less than versions would.
PULSE_SECONDS = 60.0
# News that comes faster is shown together.
LEAST_SECONDS = 0.25


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
            for group in self.joined.copy():
                with contextlib.suppress(Exception):
                    await self.leave(group)

    async def join(self, groups: set[str]) -> None:
        """From now on to these groups, and to no others."""
        for group in self.joined - groups:
            await self.leave(group)
        for group in groups - self.joined:
            # First, so that it is left again however this ends.
            self.joined.add(group)
            await self.channel_layer.group_add(group, self.channel_name)

    async def leave(self, group: str) -> None:
        await self.channel_layer.group_discard(group, self.channel_name)
        self.joined.discard(group)

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


class AccountWindow(Window):
    """For people who are signed in: shows all it has to show, and again whenever there is news of this account.

    Close codes: 4401 not signed in, or not any more; 4404 what it shows is not there for them. Every other close, as
    1013 of too many within a minute, is followed by a reconnect, and reconnecting is connecting.
    """

    async def connect(self) -> None:
        self.news = asyncio.Event()
        self.account = self.scope["user"].pk
        await self.accept()
        if self.account is not None:
            if await asyncio.to_thread(spent, f"windows:{self.account}", OPENED_PER_MINUTE, 60):
                await self.close(TOO_MANY)
                return
            await self.join(self.audiences())
        # After joining: what changes from here on is told.
        if await self.look():
            self.beating = asyncio.create_task(self.beat())

    def audiences(self) -> set[str]:
        return {audiences.account(self.account), audiences.sockets(self.account)}

    def shown_to(self, user) -> str | None:
        """What this person sees now; None for what is not there for them."""
        raise NotImplementedError

    async def access_changed(self, message: dict) -> None:
        self.news.set()

    async def look(self) -> bool:
        """False when it is nobody's any more, or nothing is there, and the socket was closed."""
        user = await self.owner()
        if self.account is None or user.pk != self.account:
            await self.close(SIGNED_OUT)
            return False
        html = await database_sync_to_async(self.shown_to)(user)
        if html is None:
            await self.close(NOT_FOUND)
            return False
        await self.send(text_data=html)
        return True

    async def rest(self, share: float) -> None:
        """News ends it."""
        await asyncio.sleep(LEAST_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.news.wait(), PULSE_SECONDS * share)
        self.news.clear()
