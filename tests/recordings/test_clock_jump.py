"""A clock that is set wrong destroys nothing; one that is right destroys what it should, also on a small server."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from recordings.models import Copy, PurgeGuard, Replay
from recordings.services import guard, holds, purge
from rooms.models import Space
from tests.support import cast

ENDED = datetime(2026, 11, 22, 20, 15, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch) -> None:
    monkeypatch.setattr(guard, "database_now", lambda now: now)


@pytest.fixture
def kept(db, storage):
    """Makes copies of Spaces that ended, one after the other, from ENDED on."""
    host = cast.user("host")

    def make(many: int, *, apart: timedelta = timedelta(hours=6), ended: datetime = ENDED) -> None:
        for number in range(many):
            over = ended + number * apart
            facts = {"state": "ended", "started_at": over - timedelta(hours=1), "ended_at": over}
            space = Space.objects.create(host=host, title="Talk", **facts)
            Copy.objects.create(space=space, state="kept", expires_at=over + 30 * DAY, why="usual")

    return make


def purge_at(moment: datetime) -> int:
    with time_machine.travel(moment, tick=False):
        return purge.purge_due()


def gone() -> int:
    return Copy.objects.filter(state="purged").count()


@pytest.mark.parametrize("many", [1, 3, 12, 60])
@pytest.mark.parametrize("apart", [timedelta(0), timedelta(hours=6), DAY])
def test_ten_years_ahead_nothing_goes(kept, many, apart, caplog):
    kept(many, apart=apart)
    for minute in range(3):
        assert purge_at(ENDED + 3653 * DAY + timedelta(minutes=minute)) == 0
    assert Copy.objects.filter(state="kept").count() == many
    assert caplog.text.count("as if the clock had been set wrong") == 1, "told once an hour"


def test_set_right_again_all_is_forgotten(kept):
    kept(12)
    assert purge_at(ENDED + 3653 * DAY) == 0 and PurgeGuard.objects.get().refusals == 1
    assert purge_at(ENDED + 30 * DAY) == 1, "what is due is one"
    assert PurgeGuard.objects.get().refused_since is None


@pytest.mark.parametrize("many", [1, 2, 12])
def test_with_a_round_each_minute_everything_goes_in_its_time(kept, many):
    kept(many, apart=3 * DAY)
    for number in range(many):
        assert purge_at(ENDED + number * 3 * DAY + 30 * DAY + timedelta(minutes=1)) == 1
    assert gone() == many


def test_a_whole_evening_of_spaces_at_once_is_no_jump(kept):
    kept(40, apart=timedelta(0))
    assert purge_at(ENDED + 30 * DAY + timedelta(hours=47)) == 40


def test_a_server_that_was_off_for_long_takes_its_fifth_and_no_more(kept):
    kept(1)
    kept(9, ended=ENDED + 10 * DAY)
    assert purge_at(ENDED + 35 * DAY) == 1, "one of ten"
    assert purge_at(ENDED + 46 * DAY) == 0, "all the others"


def test_staff_let_it_through_once(kept, capsys):
    kept(60)
    kept(60, ended=ENDED + 365 * DAY)
    after = ENDED + 100 * DAY
    with time_machine.travel(after, tick=False):
        with pytest.raises(CommandError, match="the log says why"):
            call_command("purge_copies")
        call_command("purge_copies", "--after-clock-jump")
    assert "Destroyed: 60." in capsys.readouterr().out and gone() == 60
    assert purge_at(ENDED + 3653 * DAY) == 0, "that was once"


def test_what_was_let_through_by_a_clock_that_was_ahead_counts_for_nothing(kept):
    kept(12)
    guard.allow(ENDED + 3653 * DAY)
    assert purge_at(ENDED + 100 * DAY) == 0


def _rounds(since: datetime, many: int) -> None:
    PurgeGuard.objects.update_or_create(pk=1, defaults={"refused_since": since, "refusals": many})


@pytest.mark.parametrize(
    ("copies", "since", "rounds", "done"),
    [
        (3, DAY, 720, 3),
        (10, DAY, 720, 10),
        # More than a handful waits for staff, however long.
        (11, 30 * DAY, 40_000, 0),
        # Another jump is no day that has passed.
        (3, 3653 * DAY, 2, 0),
        (3, timedelta(hours=23), 720, 0),
    ],
)
def test_a_handful_passes_after_a_day_of_rounds(kept, copies, since, rounds, done):
    kept(copies)
    now = ENDED + 60 * DAY
    _rounds(now - since, rounds)
    assert purge_at(now) == done


def test_what_a_decision_let_expire_at_once_is_no_jump(kept):
    kept(3)
    copy, staff = Copy.objects.first(), cast.user("keeper", is_staff=True)
    with time_machine.travel(ENDED + 20 * DAY, tick=False):
        holds.place(space=copy.space, key="1", reason="Abuse", by=None)
    Copy.objects.exclude(pk=copy.pk).update(expires_at=ENDED + 300 * DAY)
    with time_machine.travel(ENDED + 60 * DAY, tick=False):
        holds.decide(space=copy.space, key="1", upheld=False, by=staff)
    assert purge_at(ENDED + 60 * DAY) == 1 == gone()


def test_replays_are_guarded_as_copies_are(kept):
    kept(12)
    for copy in Copy.objects.all():
        facts = {"title": "Talk", "wanted_at": ENDED, "expires_at": copy.expires_at}
        Replay.objects.create(space=copy.space, state="failed", **facts)
    assert purge_at(ENDED + 3653 * DAY) == 0
    Copy.objects.all().update(expires_at=ENDED + 9999 * DAY)
    assert purge_at(ENDED + 3653 * DAY) == 0


@pytest.mark.parametrize(("apart", "done"), [(299, 1), (-299, 1), (301, 0), (-301, 0)])
def test_while_the_clocks_of_machine_and_database_differ_nothing_goes(kept, monkeypatch, apart, done, caplog):
    kept(1)
    monkeypatch.setattr(guard, "database_now", lambda now: now + timedelta(seconds=apart))
    assert purge_at(ENDED + 30 * DAY) == done
    assert ("clock" in caplog.text) != bool(done)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock of its own")
@pytest.mark.parametrize(("ahead", "done"), [(timedelta(0), 1), (timedelta(minutes=6), 0), (-timedelta(minutes=6), 0)])
def test_the_database_is_asked_for_its_clock(kept, monkeypatch, ahead, done):
    monkeypatch.undo()
    now = timezone.now()
    kept(1, ended=now - 31 * DAY)
    assert purge_at(now + ahead) == done
