"""The live socket of one Space: authorise, join groups, send a snapshot, forward. It takes no commands.

Close codes: 4403 removed, 4404 no such Space; every other close is followed by a reconnect, and reconnecting is
connecting: a fresh snapshot.
"""

import asyncio
import random

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from rooms import audiences, fragments, identity, pulse, selectors
from rooms.models import Participant, Space
from rooms.relay import client as relay

REMOVED, NOT_FOUND = 4403, 4404
PULSE_SECONDS = 5.0


class LiveConsumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        self.slug = self.scope["url_route"]["kwargs"]["slug"]
        self.person = await database_sync_to_async(identity.person_of)(self.scope["user"], self.scope["cookies"])
        self.joined: set[str] = set()
        self.shown = 0
        self.pulse = None
        await self.accept()
        if await self._enter():
            self.pulse = asyncio.create_task(self._beat())

    async def disconnect(self, code: int) -> None:
        if self.pulse is not None:
            self.pulse.cancel()
        for group in self.joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None) -> None:
        """Commands go over HTTP; whatever a client says here is not ours to obey."""

    async def fragment(self, message: dict) -> None:
        self.shown = max(self.shown, message["shown"])
        await self.send(text_data=message["html"])

    async def access_changed(self, message: dict) -> None:
        await self._enter()

    async def _enter(self) -> bool:
        """Joins the groups of this visitor as they are now, then shows a snapshot. False when the socket was closed."""
        try:
            self.space, self.participant = await self._visit()
        except Space.DoesNotExist:
            await self.close(NOT_FOUND)
            return False
        groups = audiences.for_visitor(self.space.pk, self.participant)
        for group in self.joined - groups:
            await self.channel_layer.group_discard(group, self.channel_name)
        for group in groups - self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        self.joined = groups
        await self._show()
        if self.participant is not None and self.participant.removed_at is not None:
            await self.close(REMOVED)
            return False
        return True

    async def _show(self) -> None:
        self.shown, html = await self._snapshot()
        await self.send(text_data=html)

    async def _beat(self) -> None:
        """Says that this person is still there, and cures lost news: behind for a whole pulse means a snapshot."""
        # Spread, so that a restart does not bring a thousand sockets back in step.
        await asyncio.sleep(PULSE_SECONDS * random.random())  # noqa: S311
        behind = 0
        while True:
            newest = await asyncio.to_thread(self._touch)
            if behind and behind > self.shown:
                await self._show()
            behind = newest if newest > self.shown else 0
            await asyncio.sleep(PULSE_SECONDS)

    def _touch(self) -> int:
        """The Space's newest version; notes on the way that this person is here."""
        if self.participant is not None and self.participant.is_present:
            relay.touch_presence(str(self.space.pk), [str(self.participant.pk)])
        return pulse.newest(self.space.pk)

    @database_sync_to_async
    def _visit(self) -> tuple[Space, Participant | None]:
        return selectors.space(self.slug), selectors.participation(self.person, self.slug)

    @database_sync_to_async
    def _snapshot(self) -> fragments.Snapshot:
        participant = selectors.participation(self.person, self.slug)
        return fragments.snapshot(self.space.pk, participant)
