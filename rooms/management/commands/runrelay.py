"""Runs one sound relay in the foreground: `manage.py runrelay`. SIGTERM and SIGINT drain it and exit 0."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Collection, Iterator, Mapping

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections, reset_queries

from rooms.relay import garbage, opus
from rooms.relay.aiortc_insides import missing_names
from rooms.relay.capture import Capture
from rooms.relay.protocol import SpaceState
from rooms.relay.segments import Segment
from rooms.relay.worker import CannotOpen, Worker
from rooms.selectors import relay_states
from rooms.services import attendance, recording
from rooms.signals import sound_captured

# A tick that is late by more than a listener's buffer is a hole in everybody's sound.
NICENESS = -10


class Command(BaseCommand):
    help = "Run a sound relay until SIGTERM."
    requires_system_checks = []

    def handle(self, *args, **options) -> None:
        try:
            asyncio.run(_serve())
        except CannotOpen as error:
            self.stderr.write(
                f"openfloor: the relay cannot use {settings.RELAY_ADDRESS} port {settings.RELAY_PORT}: {error}"
            )
            sys.exit(2)


def _go_first() -> None:
    """Asks the kernel to run the media clock before everything else here; granted to root and by systemd's Nice=."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)


async def _serve() -> None:
    if moved := missing_names():
        raise CommandError(" ".join(moved))
    try:
        opus.library()
    except opus.MissingLibrary as error:
        raise CommandError(str(error)) from error
    _go_first()
    garbage.spare_the_sound()
    worker = Worker(
        redis_url=settings.REDIS_URL,
        address=settings.RELAY_ADDRESS,
        port=settings.RELAY_PORT,
        public_address=settings.RELAY_PUBLIC_ADDRESS,
        load_states=_load_states,
        tell_attendance=_tell_attendance,
        full_at=settings.RELAY_FULL_AT,
        silence_max=settings.SESSION_SILENCE_SECONDS,
        offer_deadline=settings.OFFER_DEADLINE_SECONDS,
        sdp_max_bytes=settings.SDP_MAX_BYTES,
        audience_ptime=settings.AUDIENCE_PTIME,
        audience_ptime_above=settings.AUDIENCE_PTIME_ABOVE,
        capture=Capture(
            spool=settings.CAPTURE_SPOOL, min_free=settings.CAPTURE_MIN_FREE, keep=_keep, tell=_tell_capture
        ),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, worker.stop)
    looking = asyncio.create_task(garbage.look_when_idle(lambda: worker.in_use))
    await worker.run()
    looking.cancel()


@contextlib.contextmanager
def _database() -> Iterator[None]:
    """What Django does around a request, of which there are none here.

    With DEBUG on it remembers every query until the next one begins; and these threads outlive the call, so that a
    connection left in one would never be given back.
    """
    reset_queries()
    try:
        yield
    finally:
        connections.close_all()


def _load_states(sessions: Mapping[str, Collection[str]]) -> dict[str, SpaceState]:
    with _database():
        return relay_states(sessions)


def _tell_attendance(lost: Collection[str], back: Collection[str]) -> None:
    with _database():
        attendance.note_connections(lost=lost, back=back)


def _keep(segment: Segment) -> None:
    """Its thread lives as long as the relay and keeps its connection, because opening one costs more than all the rest;
    a pool has it back each time, which costs nothing, and may have no other."""
    if not sound_captured.has_listeners(Segment):
        # What nobody keeps must not go.
        raise CommandError("nothing here keeps captured sound")
    reset_queries()
    is_over = True
    try:
        sound_captured.send(Segment, segment=segment)
        is_over = bool(connection.settings_dict["OPTIONS"].get("pool"))
    finally:
        if is_over:
            connections.close_all()


def _tell_capture(spaces: set[str], stopped: bool) -> None:
    with _database():
        recording.note_capture(space_ids=spaces, stopped=stopped)
