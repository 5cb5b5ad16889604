"""What is kept of the sound: every open microphone's packets, as they came, in segments on the disk.

Made by runrelay, started and closed by worker.py, tapped by uplink.py behind its gate. On the event loop a packet costs
one append; writer.py and keeper.py do the rest in threads of their own, and nothing that happens to them touches what
is heard.
"""

import asyncio
import time
from collections.abc import Callable, Collection
from pathlib import Path

from aiortc.rtp import RtpPacket

from rooms.relay.keeper import Keep, Keeper
from rooms.relay.spool import Spool
from rooms.relay.track import Taken
from rooms.relay.writer import Key, Writer

TELL_EVERY = 1.0
# Another relay that took a Space over may have said something else of it.
TELL_AGAIN_SECONDS = 30.0

TellCapture = Callable[[set[str], bool], None]


class Tap:
    """What goes from one uplink into the files of one person."""

    def __init__(self, writer: Writer, key: Key) -> None:
        self._writer, self._key = writer, key

    def take(self, packet: RtpPacket, samples: int, arrived: float) -> None:
        self._writer.put(
            self._key,
            Taken(packet.ssrc, packet.sequence_number, packet.timestamp, samples, packet.payload, arrived),
        )

    def end(self) -> None:
        """Nothing more comes from here; what came is finished at once."""
        self._writer.end(self._key)


class Capture:
    """`keep(segment)` and `tell(space ids, stopped)` run in threads, may block, and are asked again if they raise.

    `min_free` is the share (0..1) of the spool's disk below which nothing is captured. `spaces` are those with
    somebody who is to be captured; each is told of when capturing stops and when it goes on.
    """

    def __init__(
        self,
        *,
        spool: Path,
        keep: Keep,
        tell: TellCapture,
        min_free: float = 0.10,
        clock: Callable[[], float] = time.monotonic,
        unix: Callable[[], float] = time.time,
    ) -> None:
        self.spaces: Collection[str] = ()
        self._root, self._keep, self._tell = spool, keep, tell
        self._min_free, self._clock, self._unix = min_free, clock, unix
        self._told: dict[str, bool] = {}
        self._tell_again_at = 0.0

    def start(self, relay: str) -> None:
        """`relay` is an id of its own for each process."""
        self._spool = Spool(self._root, relay)
        self._keeper = Keeper(self._spool, self._keep)
        self._writer = Writer(self._spool, self._min_free, self._keeper.note, self._clock, self._unix)
        self._writer.start()
        self._keeper.start()

    @property
    def stopped(self) -> bool:
        """There is no room for it, or the disk hangs."""
        return self._writer.stopped or self._writer.is_stuck

    @property
    def dropped(self) -> int:
        """Packets that were not captured because the disk was too slow."""
        return self._writer.dropped

    def tap(self, space: str, participant: str) -> Tap:
        return Tap(self._writer, (space, participant))

    async def tell(self) -> None:
        """Tells Spaces whether they are captured, until it is cancelled."""
        while True:
            await asyncio.sleep(TELL_EVERY)
            now = self._clock()
            if now >= self._tell_again_at:
                self._tell_again_at = now + TELL_AGAIN_SECONDS
                self._told = {space: was for space, was in self._told.items() if not was}
            await self._tell_news()

    def close(self, seconds: float) -> None:
        """Finishes and keeps all there is; what that takes longer for than `seconds` is left to another relay."""
        began = self._clock()
        self._writer.close(seconds)
        self._keeper.close(max(0.1, seconds - (self._clock() - began)))
        self._spool.leave()

    async def _tell_news(self) -> None:
        stopped, here = self.stopped, set(self.spaces)
        here_news = {space for space in here if self._told.get(space) is not stopped}
        gone = {space for space, was in self._told.items() if space not in here}
        if here_news:
            await asyncio.to_thread(self._tell, here_news, stopped)
            self._told |= dict.fromkeys(here_news, stopped)
        if back := {space for space in gone if self._told[space]}:
            await asyncio.to_thread(self._tell, back, False)
        for space in gone:
            del self._told[space]
