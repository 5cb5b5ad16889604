"""What a relay asks of the database, for days and outside of any request."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.db import connection

from rooms.management.commands import runrelay
from rooms.models import Space
from rooms.relay.segments import Segment
from rooms.signals import sound_captured


def test_a_relay_remembers_no_more_queries_with_every_call(committed_room, settings):
    """Three seconds apart, with DEBUG on, they were 8 MB an hour."""
    settings.DEBUG = True
    held = {str(committed_room.space.pk): [str(committed_room.host.pk)]}

    def remembered() -> int:
        assert runrelay._load_states(held)
        return len(connection.queries_log)

    def remembered_after_telling() -> int:
        runrelay._tell_attendance([], [])
        return len(connection.queries_log)

    with ThreadPoolExecutor(1) as thread:
        once, *again = (thread.submit(remembered).result() for _ in range(3))
        told = thread.submit(remembered_after_telling).result()
    assert once > 0 and again == [once, once]
    assert told <= once


def test_what_nobody_here_keeps_is_not_given_away(monkeypatch):
    monkeypatch.setattr(sound_captured, "receivers", [])
    sound_captured.sender_receivers_cache.clear()
    with pytest.raises(CommandError, match="nothing here keeps"):
        runrelay._keep(Segment("space", "ana", 0, 960, Path("nowhere.opus")))


def test_a_space_is_told_once_that_it_is_not_captured_and_one_that_is_gone_holds_up_nobody(committed_room):
    space = committed_room.space

    def told(stopped: bool) -> tuple[bool, int]:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(runrelay._tell_capture, {str(uuid.uuid4()), str(space.pk)}, stopped).result()
        now = Space.objects.get(pk=space.pk)
        return now.capture_stopped_at is not None, now.version

    _, before = told(False)
    assert told(True) == told(True) == (True, before + 1)
    assert told(False) == told(False) == (False, before + 2)
