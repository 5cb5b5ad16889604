"""The live socket of one account, on every page: invitations and notices. It takes no commands.

Close code 4401: not signed in, or not any more. Every other close is followed by a reconnect, and reconnecting is
connecting.
"""

import asyncio
import contextlib

from channels.db import database_sync_to_async

from accounts import audiences
from rooms import fragments
from rooms.consumers.window import Window

SIGNED_OUT = 4401
# Everything is looked up anew this often, whether or not there was news: it cures what was lost on the way, puts away
# what time has ended, and finds out who signed out. A few indexed queries a minute cost less than versions would.
PULSE_SECONDS = 60.0
# News that comes faster is shown together.
LEAST_SECONDS = 0.25


class AccountConsumer(Window):
    async def connect(self) -> None:
        self.news = asyncio.Event()
        self.account = self.scope["user"].pk
        await self.accept()
        if self.account is not None:
            await self.join({audiences.account(self.account), audiences.sockets(self.account)})
        # After joining: what changes from here on is told.
        if await self.look():
            self.beating = asyncio.create_task(self.beat())

    async def access_changed(self, message: dict) -> None:
        self.news.set()

    async def look(self) -> bool:
        """Shows what waits for this account now. False when it is nobody's any more, and the socket was closed."""
        user = await self.owner()
        if self.account is None or user.pk != self.account:
            await self.close(SIGNED_OUT)
            return False
        await self.send(text_data=await database_sync_to_async(fragments.for_account)(user))
        return True

    async def rest(self, share: float) -> None:
        """News ends it."""
        await asyncio.sleep(LEAST_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.news.wait(), PULSE_SECONDS * share)
        self.news.clear()
