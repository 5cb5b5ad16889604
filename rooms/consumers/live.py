"""The live socket of one Space: authorise, join groups, send a snapshot, forward. It takes no commands.

Close codes: 4403 removed, 4404 no such Space; every other close is followed by a reconnect, and reconnecting is
connecting: a fresh snapshot.
"""

import asyncio
import logging
import random

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from rooms import audiences, fragments, identity, pulse, selectors
from rooms.models import Participant, Space
from rooms.relay import client as relay

log = logging.getLogger(__name__)

REMOVED, NOT_FOUND = 4403, 4404
PULSE_SECONDS = 5.0


class LiveConsumer(AsyncWebsocketConsumer):
    async def __call__(self, scope, receive, send) -> None:
        self.joined: set[str] = set()
        self.shown = pulse.Versions()
        self.entering = asyncio.Lock()
        self.beating: asyncio.Task | None = None
        try:
            await super().__call__(scope, receive, send)
        finally:
            # disconnect() is called when the client goes, not when a handler fails: nobody may stay present for that.
            if self.beating is not None:
                self.beating.cancel()

    async def connect(self) -> None:
        self.slug = self.scope["url_route"]["kwargs"]["slug"]
        self.person = await database_sync_to_async(identity.person_of)(
            self.scope["user"], self.scope["cookies"], self.scope["session"]
        )
        await self.accept()
        if await self._enter():
            self.beating = asyncio.create_task(self._beat())

    async def disconnect(self, code: int) -> None:
        for group in self.joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None) -> None:
        """Commands go over HTTP; whatever a client says here is not ours to obey."""

    async def fragment(self, message: dict) -> None:
        self.shown = pulse.Versions(*map(max, self.shown, message["shown"]))
        await self.send(text_data=message["html"])

    async def access_changed(self, message: dict) -> None:
        await self._enter()

    async def _enter(self) -> bool:
        """Joins the groups of this visitor as they are now, then shows a snapshot. False when the socket was closed."""
        async with self.entering:
            try:
                await self._join_groups()
            except Space.DoesNotExist:
                await self.close(NOT_FOUND)
                return False
            await asyncio.to_thread(self._touch)
            version, html = await self._snapshot()
            self.shown = pulse.Versions(version, version)
            await self.send(text_data=html)
            if self.participant is not None and self.participant.removed_at is not None:
                await self.close(REMOVED)
                return False
            return True

    async def _join_groups(self) -> None:
        while True:
            self.space, self.participant = await self._visit()
            groups = audiences.for_visitor(self.space.pk, self.participant)
            if groups == self.joined:
                return
            for group in self.joined - groups:
                await self.channel_layer.group_discard(group, self.channel_name)
            for group in groups - self.joined:
                await self.channel_layer.group_add(group, self.channel_name)
            # Looked at again: what changed before we listened was told to nobody here.
            self.joined = groups

    async def _beat(self) -> None:
        """Says that this person is still there, and cures lost news: behind for a whole pulse means to start anew."""
        # Spread, so that a restart does not bring a thousand sockets back in step.
        await asyncio.sleep(PULSE_SECONDS * random.random())  # noqa: S311
        before = pulse.Versions()
        while True:
            try:
                newest = await asyncio.to_thread(self._touch)
                if (before.exceed(self.shown) or await self._shut_out()) and not await self._enter():
                    return
                before = newest
            except Exception:
                log.exception("a pulse of a socket in Space %s failed", self.slug)
            await asyncio.sleep(PULSE_SECONDS)

    async def _shut_out(self) -> bool:
        """Whether a private Space lets this visitor in no more: what opened it may end by the clock, without news."""
        if not self.space.is_private or (self.participant is not None and self.participant.is_present):
            return False
        try:
            await self._visit()
        except Space.DoesNotExist:
            return True
        return False

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
    def _snapshot(self) -> fragments.Snapshot:
        participant = selectors.participation(self.person, self.slug)
        return fragments.snapshot(self.space.pk, participant)
