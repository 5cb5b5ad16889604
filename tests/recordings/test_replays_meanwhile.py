"""What happens while a replay is mixed: storage is far away or not there, a purge empties it, its host cuts it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import time_machine
from django.core.files.storage import storages
from django.utils import timezone

from recordings import mixing, places
from recordings.models import Copy, Replay, Segment
from recordings.selectors.replays import replays_to_make
from recordings.services import editing, purge, replays
from rooms.models import Space
from rooms.services import recording
from tests.support import recorded, sound
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


def withdraw(space: Space, name: str) -> None:
    stay = recorded.of(space, name)
    recording.answer(participant=stay, by=stay, yes=False)


def has_tone(replay: Replay, hertz: float) -> bool:
    spectrum = np.abs(np.fft.rfft(heard := sound.read_opus(storages[places.STORAGE].path(replay.opus))))
    at = round(hertz * len(heard) / 48_000)
    return spectrum[at - 20 : at + 20].max() > 0.05 * spectrum.max()


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


# --- Not there ---


def test_sources_that_are_away_empty_no_replay(storage):
    space = wanted()
    assert replays.make_waiting() == 1
    before, at = replay_of(space), timezone.now()
    replays.mix_anew(space_id=space.pk, at=at)
    there, away = Path(storage.location) / places.SPACES, Path(storage.location).with_name("away")
    there.rename(away)
    for state in ("waiting", "waiting", "failed"):
        with time_machine.travel(at, tick=False):
            assert replays.make_waiting() == 0
        assert replay_of(space).state == state
        at = replay_of(space).wanted_at
    away.rename(there)
    replays.tidy(before.pk)
    assert replay_of(space).m4a == before.m4a and storage.exists(before.m4a)
    editing.try_again(replay=replay_of(space), by=space.host)
    assert replays.make_waiting() == 1
    assert replay_of(space).duration_ms == before.duration_ms


def test_what_is_lost_for_ever_is_left_out_in_the_end():
    space, at = wanted(), timezone.now()
    storages[places.STORAGE].delete(Segment.objects.filter(participant=recorded.of(space, "speaker")).first().name)
    for state in ("waiting", "waiting", "ready"):
        with time_machine.travel(at, tick=False):
            replays.make_waiting()
        assert replay_of(space).state == state
        at = replay_of(space).wanted_at
    assert "were not there" not in replay_of(space).error


# --- Purged meanwhile ---


@pytest.mark.parametrize("step", ["of_segments", "run"])
def test_a_purge_while_it_is_mixed_anew_takes_nothing_of_a_replay_for_good(monkeypatch, step):
    """Before its segments are looked up, or before they are read."""
    space = wanted()
    assert replays.make_waiting() == 1
    before = replay_of(space)
    Replay.objects.update(for_good=True, expires_at=None)
    withdraw(space, "speaker")
    take = getattr(mixing, step)

    def purged_first(*arguments, **named):
        Copy.objects.filter(state="kept").update(expires_at=timezone.now())
        purge.copy(Copy.objects.get().pk)
        return take(*arguments, **named)

    monkeypatch.setattr(mixing, step, purged_first)
    assert replays.make_waiting() == 0
    assert (replay_of(space).state, replay_of(space).m4a) == ("waiting", before.m4a)
    with time_machine.travel(replay_of(space).wanted_at):
        assert replays.make_waiting() == 1
    again = replay_of(space)
    assert again.state == "ready" and has_tone(again, 440) and not has_tone(again, 1000)


# --- Cut meanwhile ---


def test_what_its_host_cuts_off_meanwhile_is_cut_off(monkeypatch):
    space = wanted()
    assert replays.make_waiting() == 1
    withdraw(space, "host")
    run = mixing.run

    def cut_meanwhile(*arguments):
        editing.edit(replay=replay_of(space), by=space.host, title="Gardens", starts_at_ms=5000)
        return run(*arguments)

    monkeypatch.setattr(mixing, "run", cut_meanwhile)
    assert replays.make_waiting() == 1
    replay = replay_of(space)
    assert (replay.title, replay.starts_at_ms) == ("Gardens", pytest.approx(1000, abs=500))
