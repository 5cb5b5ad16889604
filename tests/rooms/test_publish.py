"""What a change costs: one render of each shared partial and a fixed number of queries, whatever the audience."""

import asyncio
import queue
import uuid
from collections import Counter

import pytest
from channels.db import database_sync_to_async
from django.db import connection
from django.test.signals import template_rendered
from django.test.utils import CaptureQueriesContext

from rooms import fragments, pulse
from rooms.coalesce import Coalescer
from rooms.services import stage
from tests.rooms.test_live_equals_reload import cookies_of
from tests.support.html import version
from tests.support.live import Visitor

# Lock, two people, seat, version; two for the relay; who is warned; four for the own dock; ten for shared fragments.
QUERIES_PER_CHANGE = 23
# The panel as the host has it, and as co-hosts do.
PARTIALS = {"header": 1, "stage": 1, "roster": 1, "dock_title": 1, "manage": 2, "dock_body": 1}


@pytest.fixture
def renders():
    counted = Counter()

    def count(sender, template, **kwargs):
        counted[template.name] += 1

    template_rendered.connect(count)
    yield counted
    template_rendered.disconnect(count)


@database_sync_to_async
def open_microphone(room) -> int:
    """The speaker un-mutes; how many rows-reading or -writing queries that took, from lock to last fragment."""
    with CaptureQueriesContext(connection) as queries:
        stage.unmute(participant=room.speaker, by=room.speaker)
    return sum(query["sql"].startswith(("SELECT", "UPDATE", "INSERT", "DELETE")) for query in queries)


@pytest.mark.parametrize("audience", [2, 200])
async def test_a_change_is_rendered_once_whatever_the_audience(audience, committed_room, renders):
    jar = await database_sync_to_async(cookies_of)(committed_room.listener)
    visitors = [await Visitor(committed_room.space.slug, jar).open() for _ in range(audience)]
    renders.clear()
    queries = await open_microphone(committed_room)
    newest = await database_sync_to_async(lambda: pulse.newest(committed_room.space.pk))()
    for visitor in visitors:
        await visitor.until(lambda v=visitor: version(v.page.elements["stage"]) == newest.shared)
    shared = {name: renders[f"rooms/_{name}.html"] for name in PARTIALS}
    assert shared == PARTIALS
    assert queries == QUERIES_PER_CHANGE
    await asyncio.gather(*(visitor.close() for visitor in visitors))


async def test_a_socket_that_lost_news_shows_a_snapshot_by_itself(committed_room, monkeypatch):
    """The channel layer delivers at most once: here it delivers nothing."""
    monkeypatch.setattr("rooms.consumers.live.PULSE_SECONDS", 0.05)
    monkeypatch.setattr("accounts.groups.send", lambda messages: None)
    jar = await database_sync_to_async(cookies_of)(committed_room.listener)
    visitor = await Visitor(committed_room.space.slug, jar).open()
    await open_microphone(committed_room)
    await visitor.until_as_reloaded(committed_room.listener)
    assert 'data-muted="0"' in visitor.page.elements["stage"]
    await visitor.close()


async def test_each_shared_fragment_carries_the_version_it_shows(committed_room):
    for fragment in await database_sync_to_async(fragments.shared)(committed_room.space.pk):
        shown = {int(part.split('"')[0]) for part in fragment.html.split('data-version="')[1:]}
        committed = await database_sync_to_async(lambda: type(committed_room.space).objects.get().version)()
        assert shown == {committed}


def test_changes_within_an_interval_are_folded_into_one_call_at_its_end():
    called = queue.Queue()
    folded = Coalescer(called.put, interval=lambda: 0.3, prefix=f"openfloor:test:{uuid.uuid4()}")
    for _ in range(20):
        folded.request("a")
    assert called.get_nowait() == "a", "the first at once"
    assert called.empty()
    assert called.get(timeout=10) == "a", "the others together, when the interval is over"
    assert called.empty()


def test_two_processes_fold_their_changes_together():
    called = queue.Queue()
    prefix = f"openfloor:test:{uuid.uuid4()}"
    one, other = (Coalescer(called.put, interval=lambda: 30, prefix=prefix) for _ in range(2))
    one.request("a")
    other.request("a")
    assert called.get_nowait() == "a"
    assert called.empty()
