"""The demo's three voices, in a process of their own: `manage.py rundemo http://127.0.0.1:8000` until SIGTERM.

They reach the server like any WHIP client, with bearer tokens. Beside them a steward watches the rows: a voice that is
muted is silent, and what visitors rearranged is put back after they have had time to look at it.
"""

import asyncio
import contextlib
import signal
import sys

from asgiref.sync import sync_to_async
from django.core.management import BaseCommand
from django.db import DatabaseError, close_old_connections
from redis.exceptions import RedisError

from rooms.demo import cast
from rooms.demo.conversation import turns
from rooms.demo.voice import Voice, converse
from rooms.identity import bearer_token
from rooms.models import Participant
from rooms.relay import client as relay

LOOK_SECONDS = 1.0
# How long a rearranged stage stays as visitors left it.
PATIENCE_SECONDS = 30.0


class Command(BaseCommand):
    help = "Let three voices hold the demo's conversation, over the server at URL."
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("url", help="where the server answers, e.g. http://127.0.0.1:8000")

    def handle(self, *, url: str, **options) -> None:
        try:
            cast.refuse_in_production()
        except cast.NotHere as refusal:
            self.stderr.write(f"openfloor: {refusal}")
            sys.exit(2)
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_until_sigterm(url.rstrip("/")))


async def _until_sigterm(url: str) -> None:
    task = asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    voices = {name: Voice(f"{url}/spaces/{cast.SLUG}/whip") for name in cast.VOICES}
    async with asyncio.TaskGroup() as group:
        for voice in voices.values():
            group.create_task(voice.run())
        group.create_task(converse(voices, turns()))
        group.create_task(_steward(voices))


async def _steward(voices: dict[str, Voice]) -> None:
    loop = asyncio.get_running_loop()
    rearranged_at: float | None = None
    heard_by: frozenset[str] = frozenset()
    while True:
        with contextlib.suppress(DatabaseError, RedisError):
            before, (able, heard_by) = heard_by, await sync_to_async(_look)()
            for name, voice in voices.items():
                voice.may_speak(bearer_token(able[name]) if heard_by and name in able else None)
                if before - heard_by:
                    # aiortc alone needs half a minute to miss a relay that was killed.
                    voice.reconnect()
            rearranged_at = None if len(able) == len(voices) else rearranged_at or loop.time()
            if rearranged_at is not None and loop.time() - rearranged_at > PATIENCE_SECONDS:
                await sync_to_async(_put_back)()
                rearranged_at = None
        await asyncio.sleep(LOOK_SECONDS if heard_by else LOOK_SECONDS / 10)


def _look() -> tuple[dict[str, Participant], frozenset[str]]:
    """Who may speak, and the relays that are there to hear them."""
    close_old_connections()
    return cast.voices(), frozenset(beat.relay for beat in relay.accepting())


def _put_back() -> None:
    if not cast.borrowed():
        cast.ensure_accounts()
        cast.ensure_stage()
