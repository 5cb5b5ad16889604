"""From the second of its expiry nothing of what was kept can be read anywhere: every address of recordings is asked.

Staff's own pages are asked in test_listening.py.
"""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from recordings.models import Copy, Replay, SessionExport
from tests.urls.rows import answer
from tests.urls.world import World, addresses, world

# Pages that say what is and is not there any more.
SAY_SO = {"retention", "replay", "replay_progress", "session_data", "session_exports"}
SAY_SO |= {"podcast", "podcast_cover", "podcasts_opml"}
GONE = {404, 410}


@pytest.fixture
def everything(db) -> World:
    made = world()
    until = timezone.now().replace(microsecond=0) + timedelta(minutes=1)
    Copy.objects.update(expires_at=until)
    Replay.objects.update(expires_at=until)
    SessionExport.objects.update(expires_at=until)
    return made


def names() -> list[str]:
    """Of all addresses of recordings."""
    return [name for name, (_, url) in addresses().items() if url.callback.__module__.startswith("recordings.views")]


def at(everything: World, seconds: int) -> dict[str, int]:
    """What the host is answered so many seconds after the expiry, by the name of the address."""
    moment = Replay.objects.get(space=everything.recorded).expires_at + timedelta(seconds=seconds)
    with time_machine.travel(moment, tick=False):
        return {name: answer(everything, "host", everything.address(name), "GET") for name in names()}


def test_what_is_there_a_second_before_is_gone_at_that_second_and_after(everything):
    before = at(everything, -1)
    read = {name for name, status in before.items() if status == 200} - SAY_SO
    assert {"replay_audio", "replay_chapters", "replay_card", "clip", "clip_card", "session_file"} <= read, before
    for seconds in (0, 1):
        after = at(everything, seconds)
        assert {name: after[name] for name in read if after[name] not in GONE} == {}


def test_no_feed_tells_of_it(everything):
    host = everything.people["host"]
    feed, slug = reverse("podcast", args=[host.handle]), everything.recorded.slug
    until = Replay.objects.get(space=everything.recorded).expires_at
    for seconds, told in ((-1, True), (0, False), (1, False)):
        with time_machine.travel(until + timedelta(seconds=seconds), tick=False):
            assert (slug in everything.browser("stranger").get(feed).content.decode()) == told
