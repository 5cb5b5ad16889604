"""The live socket of one Space: authorise, join groups, send a snapshot, forward. It takes no commands.

Close codes: 4403 barred, 4404 no such Space; every other close is followed by a reconnect, and reconnecting is
connecting: a fresh snapshot, for whoever this browser is signed in as then.
"""

import asyncio
import time

from channels.db import database_sync_to_async

from accounts.audiences import sockets
from accounts.window import Window
from rooms import audiences, fragments, identity, pulse, selectors
from rooms.models import Participant, Space
from rooms.relay import client as relay

SOMEBODY_ELSE, BARRED, NOT_FOUND = 1012, 4403, 4404
PULSE_SECONDS = 5.0
# How often somebody of whom there is no news is asked whether they are still signed in.
OWNER_SECONDS = 60.0


class LiveConsumer(Window):
    async def connect(self) -> None:
        self.entering = asyncio.Lock()
        self.shown = self.before = pulse.Versions()
        self.slug = self.scope["url_route"]["kwargs"]["slug"]
        self.person = await database_sync_to_async(identity.person_of)(
            self.scope["user"], self.scope["cookies"], self.scope["session"]
        )
        await self.accept()
        if await self._enter():
            self.beating = asyncio.create_task(self.beat())

    async def fragment(self, message: dict) -> None:
        # Under way when this visitor left that audience: a hosts' panel is not for whoever is no host any more.
        if message["audience"] not in self.joined:
            return
        self.shown = pulse.Versions(*map(max, self.shown, message["shown"]))
        await self.send(text_data=message["html"])

    async def access_changed(self, message: dict) -> None:
        await self._enter()

    async def _enter(self) -> bool:
        """Joins the groups of this visitor as they are now, then shows a snapshot. False when the socket was closed."""
        async with self.entering:
            if not await self._still_theirs():
                return False
            try:
                await self._join_groups()
            except Space.DoesNotExist:
                await self.close(NOT_FOUND)
                return False
            await asyncio.to_thread(self._touch)
            barred, (version, html) = await self._snapshot()
            self.shown = pulse.Versions(version, version)
            await self.send(text_data=html)
            if barred:
                await self.close(BARRED)
                return False
            return True

    async def _join_groups(self) -> None:
        while True:
            self.space, self.participant = await self._visit()
            groups = audiences.for_visitor(self.space.pk, self.participant)
            if self.person.user:
                groups.add(sockets(self.person.user.pk))
            if groups == self.joined:
                return
            # Looked at again: what changed before we listened was told to nobody here.
            await self.join(groups)

    async def rest(self, share: float) -> None:
        await asyncio.sleep(PULSE_SECONDS * share)

    async def look(self) -> bool:
        """Says that this person is still there, and cures lost news: behind for a whole pulse means to start anew."""
        if time.monotonic() > self.asked + OWNER_SECONDS and not await self._still_theirs():
            return False
        newest = await asyncio.to_thread(self._touch)
        if (self.before.exceed(self.shown) or await self._shut_out()) and not await self._enter():
            return False
        self.before = newest
        return True

    async def _still_theirs(self) -> bool:
        """Whether whoever opened this socket is still signed in; it was closed otherwise. Visitors without an account
        have nothing to lose."""
        self.asked = time.monotonic()
        if self.person.user is None or (await self.owner()).pk == self.person.user.pk:
            return True
        await self.close(SOMEBODY_ELSE)
        return False

    async def _shut_out(self) -> bool:
        """Whether a private Space lets this visitor in no more: what opened it may end by the clock, without news, and
        of a removal only the windows of whoever was removed are told, not all of their browser."""
        if not self.space.is_private or (self.participant is not None and self.participant.is_present):
            return False
        try:
            return bool(await self._barred(*await self._visit()))
        except Space.DoesNotExist:
            return True

    def _touch(self) -> pulse.Versions:
        """The newest versions; notes on the way that this person is here."""
        if self.participant is None or not self.participant.is_present:
            return pulse.newest(self.space.pk)
        relay.touch_presence(str(self.space.pk), [str(self.participant.pk)])
        return pulse.newest(self.space.pk, self.participant.pk)

    @database_sync_to_async
    def _visit(self) -> tuple[Space, Participant | None]:
        return selectors.space(self.slug, self.person), selectors.participation(self.person, self.slug)

    @database_sync_to_async
    def _barred(self, space: Space, participant: Participant | None) -> str:
        return selectors.barred(space, self.person, participant)

    @database_sync_to_async
    def _snapshot(self) -> tuple[str, fragments.Snapshot]:
        participant = selectors.participation(self.person, self.slug)
        barred = selectors.barred(self.space, self.person, participant)
        return barred, fragments.snapshot(self.space.pk, participant, barred=barred)
