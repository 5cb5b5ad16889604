"""What storage does to a replay that is being mixed: it is far away, it is not there, a purge empties it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import storages
from django.utils import timezone

from recordings import mixing, places
from recordings.models import Replay
from recordings.selectors.replays import replays_to_make
from recordings.services import editing, replays
from rooms.models import Space
from tests.support import recorded
from tests.support.recorded import Talk

TALKS = (Talk("host", 1, 5, tone=440), Talk("speaker", 5, 9, tone=1000))

pytestmark = pytest.mark.django_db


class FarAway:
    """The storage of copies without paths, as one in a network; `fetch` is told of every file that is fetched."""

    def __init__(self, fetch: Callable[[], None]) -> None:
        self.storage, self.fetch = storages[places.STORAGE], fetch

    def path(self, name: str) -> str:
        raise NotImplementedError

    def open(self, name: str):
        self.fetch()
        return self.storage.open(name)


def wanted(talks=TALKS) -> Space:
    """Ended long enough ago to be mixed."""
    space = recorded.space(talks, ended=timezone.now() - timedelta(minutes=1))
    replays.begin(space_id=space.pk)
    return space


def replay_of(space: Space) -> Replay:
    return Replay.objects.get(space=space)


# --- Far away ---


def test_whoever_fetches_for_minutes_is_heard_of_meanwhile(monkeypatch):
    space, offered = wanted((Talk("host", 1, 25, tone=440),)), []
    with time_machine.travel(timezone.now()) as clock:

        def slowly() -> None:
            clock.shift(timedelta(minutes=1))
            offered.extend(replays_to_make(timezone.now(), replays.LEASE))

        monkeypatch.setattr(mixing, "storages", {places.STORAGE: FarAway(slowly)})
        monkeypatch.setattr(mixing, "HEARD_OF_SECONDS", 0)
        assert replays.make_waiting() == 1
    assert replay_of(space).state == "ready" and not offered


def test_what_kills_all_its_makers_is_given_up_until_its_host_asks_again():
    space = wanted()
    lost = {"state": "mixing", "claim": "of-the-killed", "claimed_at": timezone.now() - replays.LEASE}
    Replay.objects.update(**lost, attempts=replays.CLAIMS)
    assert replays.make_waiting() == 0
    assert replay_of(space).state == "failed" and "nobody came to an end" in replay_of(space).error
    editing.try_again(replay=replay_of(space), by=space.host)
    assert replays.make_waiting() == 1
