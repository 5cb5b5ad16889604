"""Segments handed on: each until it is kept, whatever storage and database do meanwhile."""

import threading
from collections import Counter
from pathlib import Path

import pytest

from rooms.relay import keeper as keeping
from rooms.relay.keeper import FAILURES_MAX, RETRY_SECONDS_MAX, Keeper
from rooms.relay.segments import Segment
from rooms.relay.spool import LENT, Spool
from tests.relay.test_spool import OTHER, OWN, found, part
from tests.setup.installation import wait_for


class Storage:
    """What answers the relay; raises while it is `away`, and for `poison`."""

    def __init__(self) -> None:
        self.kept: list[Segment] = []
        self.asked: Counter[int] = Counter()
        self.away = False
        self.poison: set[int] = set()
        self.bytes: dict[int, bytes] = {}

    def keep(self, segment: Segment) -> None:
        self.asked[segment.started_us] += 1
        if self.away or segment.started_us in self.poison:
            raise OSError("the storage is away")
        self.bytes[segment.started_us] = segment.path.read_bytes()
        self.kept.append(segment)


@pytest.fixture
def storage() -> Storage:
    return Storage()


@pytest.fixture
def spool(tmp_path) -> Spool:
    made = Spool(tmp_path, OWN)
    made.open()
    return made


@pytest.fixture
def keeper(spool, storage) -> Keeper:
    made = Keeper(spool, storage.keep, clock=lambda: made.now)
    made.now = 1000.0
    return made


def finish(spool: Spool, keeper: Keeper, *moments: int) -> None:
    for each in moments:
        part(spool, each).finish()
    keeper.note()


def pass_time(keeper: Keeper, seconds: float) -> None:
    """In rounds, as its thread goes."""
    for _ in range(round(seconds)):
        keeper.now += 1.0
        keeper.turn(keeper.now)


def test_what_is_kept_is_removed_and_not_handed_on_again(spool, keeper, storage):
    finish(spool, keeper, 1, 2, 3)
    pass_time(keeper, 3)
    assert sorted(segment.started_us for segment in storage.kept) == [1, 2, 3]
    assert found(spool) == [] and max(storage.asked.values()) == 1


def test_whoever_keeps_it_may_move_the_file(spool, tmp_path, storage):
    def move(segment: Segment) -> None:
        segment.path.rename(tmp_path / "elsewhere")

    keeper = Keeper(spool, move)
    finish(spool, keeper, 1)
    keeper.turn(1000.0)
    assert found(spool) == [] and (tmp_path / "elsewhere").exists()


def test_whoever_moved_the_file_and_failed_then_gets_it_again(spool, tmp_path):
    """Into storage first, and then the row, for which the database is away."""
    moved = []

    def move(segment: Segment) -> None:
        segment.path.rename(tmp_path / "elsewhere")
        moved.append(segment.started_us)
        if len(moved) < 3:
            raise OSError("the database is away")

    keeper = Keeper(spool, move, clock=lambda: keeper.now)
    keeper.now = 1000.0
    finish(spool, keeper, 1)
    pass_time(keeper, 10)
    assert moved == [1, 1, 1]
    assert found(spool) == [] and (tmp_path / "elsewhere").stat().st_nlink == 1
    assert not [path for path in tmp_path.rglob("*") if path.suffix == LENT]


def test_without_second_names_it_is_handed_on_all_the_same(spool, keeper, storage, monkeypatch):
    def none(*_) -> None:
        raise OSError("not here")

    monkeypatch.setattr(Path, "hardlink_to", none)
    finish(spool, keeper, 1)
    pass_time(keeper, 2)
    assert len(storage.kept) == 1 and found(spool) == []


def test_nothing_is_lost_while_storage_is_away_and_each_is_kept_once(spool, keeper, storage):
    storage.away = True
    finish(spool, keeper, *range(1, 21))
    pass_time(keeper, 300)
    assert len(found(spool)) == 20
    assert storage.asked.total() < 100, "it does not hammer"
    storage.away = False
    pass_time(keeper, 3 * RETRY_SECONDS_MAX)
    assert sorted(segment.started_us for segment in storage.kept) == list(range(1, 21))
    assert found(spool) == []


def test_segments_that_nobody_can_keep_do_not_hold_up_the_others(spool, keeper, storage):
    storage.poison = set(range(1, 3 * FAILURES_MAX))
    finish(spool, keeper, *range(1, 41))
    pass_time(keeper, 4 * RETRY_SECONDS_MAX)
    assert {segment.started_us for segment in storage.kept} == set(range(1, 41)) - storage.poison
    assert {segment.started_us for segment in found(spool)} == storage.poison


def test_what_it_remembers_of_failures_is_bounded(spool, keeper, storage, monkeypatch):
    monkeypatch.setattr(keeping, "PUT_OFF_MAX", 5)
    storage.away = True
    finish(spool, keeper, *range(1, 21))
    pass_time(keeper, 100)
    assert len(keeper._put_off) <= 5 and len(found(spool)) == 20


def test_dead_relays_are_looked_for_again_and_again(spool, keeper, storage, tmp_path):
    keeper.turn(keeper.now)
    dead = Spool(tmp_path, OTHER)
    part(dead, 7)
    pass_time(keeper, keeping.ADOPT_SECONDS + 1)
    assert [segment.started_us for segment in storage.kept] == [7]
    assert not (tmp_path / OTHER).exists()


def test_when_it_closes_it_keeps_what_there_is(spool, storage):
    keeper = Keeper(spool, storage.keep)
    keeper.start()
    finish(spool, keeper, 1, 2)
    keeper.close(10)
    assert len(storage.kept) == 2 and found(spool) == []


def test_when_it_closes_while_storage_hangs_it_gives_up(spool):
    hangs, asked = threading.Event(), threading.Event()

    def hang(segment: Segment) -> None:
        asked.set()
        hangs.wait(30)
        raise OSError("the storage was away")

    keeper = Keeper(spool, hang)
    keeper.start()
    finish(spool, keeper, 1)
    assert asked.wait(10)
    keeper.close(0.1)
    assert len(found(spool)) == 1
    hangs.set()
    wait_for(lambda: not keeper._thread.is_alive(), 10)
