"""The live socket of one home page: its cards stay true where they are, and it is told of Spaces that have come.

It takes no commands, and needs no account. `?cards=` names the cards and what they show (rooms.looking); whatever is
not this person's to see is a card of something that is not listed any more.

Every close is followed by a reconnect, as whoever this browser is signed in as then.
"""

import asyncio
import contextlib
import time
from urllib.parse import parse_qsl

from channels.db import database_sync_to_async

from accounts.audiences import sockets
from accounts.limits import spent
from accounts.window import LEAST_SECONDS as AT_ONCE_SECONDS
from accounts.window import TOO_MANY, Window
from rooms import audiences, fragments, looking, selectors
from rooms.consumers.live import SOMEBODY_ELSE
from rooms.limits import socket_address

# From one address; a whole school may sit behind one.
OPENED_PER_MINUTE = 300
# Everything is looked up anew this often, whether or not there was news: it cures what was lost on the way.
PULSE_SECONDS = 60.0
# Spaces that come faster are told together.
LEAST_SECONDS = 2.0
# Farther than this one reloads anyway.
NEWCOMERS_COUNTED = 200


class HomeConsumer(Window):
    async def connect(self) -> None:
        query = dict(parse_qsl(self.scope["query_string"][: looking.QUERY_LONGEST].decode(errors="replace")))
        self.look_of_page = looking.look_of(self.scope["user"], query)
        # What each card shows; None once it says that it is not listed any more.
        self.shown: dict[str, int | None] = looking.cards_asked(query)
        self.slugs: dict[str, str] = {}
        self.newcomers: set[str] = set()
        self.told = 0
        self.news, self.access = asyncio.Event(), asyncio.Event()
        # When it is asked again whose this is (s of time.monotonic).
        self.ask_at = time.monotonic() + PULSE_SECONDS
        await self.accept()
        if await asyncio.to_thread(spent, f"home:{socket_address(self.scope)}", OPENED_PER_MINUTE, 60):
            await self.close(TOO_MANY)
            return
        own = {sockets(self.scope["user"].pk)} if self.scope["user"].is_authenticated else set()
        self.always = {audiences.home()} | own
        await self.join(self.always)
        await self.look()
        self.beating = asyncio.create_task(self.beat())

    async def fragment(self, message: dict) -> None:
        slug = self.slugs.get(message["audience"])
        if slug is None or self.shown[slug] is None:
            return
        self.shown[slug] = max(self.shown[slug], message["shown"][0])
        await self.send(text_data=message["html"])

    async def listing_changed(self, message: dict) -> None:
        if len(self.newcomers) < NEWCOMERS_COUNTED:
            self.newcomers.add(message["space"])
        self.news.set()

    async def access_changed(self, message: dict) -> None:
        """Blocked, or not any more; or somebody was signed out."""
        self.ask_at = 0
        self.access.set()
        self.news.set()

    async def look(self) -> bool:
        """Cards that show something else than what is, and how many Spaces there are that have none. False once whoever
        opened this socket is signed in no more, and it was closed."""
        if not await self._still_theirs():
            await self.close(SOMEBODY_ELSE)
            return False
        on_show = await self._on_show()
        cards = {space.slug: space for space in on_show if space.slug in self.shown}
        self.slugs = {audiences.card(space.pk): space.slug for space in cards.values()}
        # After joining, what changes is told; what changed in between is looked up with the next beat.
        await self.join(self.always | self.slugs.keys())
        gone = {slug: was for slug, was in self.shown.items() if slug not in cards and was is not None}
        newer = [space for slug, space in cards.items() if (self.shown[slug] or 0) < space.version]
        self.shown |= dict.fromkeys(gone) | {space.slug: space.version for space in newer}
        html = fragments.cards_gone(gone) + (await self._rendered(newer) if newer else "")
        count = sum(space.is_live and space.slug not in cards for space in on_show)
        if count != self.told:
            html += fragments.newcomers(count)
            self.told = count
        if html:
            await self.send(text_data=html)
        return True

    async def rest(self, share: float) -> None:
        """News ends it; at once what changes what one may see."""
        await asyncio.sleep(AT_ONCE_SECONDS)
        for event, seconds in ((self.access, LEAST_SECONDS), (self.news, PULSE_SECONDS)):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), seconds * share)
        self.access.clear()
        self.news.clear()

    async def _still_theirs(self) -> bool:
        """Visitors without an account have nothing to lose."""
        user = self.scope["user"]
        if user.is_anonymous or time.monotonic() < self.ask_at:
            return True
        self.ask_at = time.monotonic() + PULSE_SECONDS
        return (await self.owner()).pk == user.pk

    @database_sync_to_async
    def _on_show(self) -> list:
        return selectors.on_show(self.look_of_page, slugs=self.shown.keys(), keys=self.newcomers)

    @database_sync_to_async
    def _rendered(self, spaces) -> str:
        return fragments.cards(selectors.cards(spaces))
