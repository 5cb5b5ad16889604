"""Until when copies are kept: the dates by themselves, who writes them, and what can be read at their very second."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from recordings import retention, selectors
from recordings.models import Copy, Hold, Replay
from recordings.services import retention as service
from rooms.models import RecordingPeriod, Space
from rooms.services import spaces
from tests.support import recorded, replayed

NUMBERS = {"days": 30, "violation_days": 90}
ENDED = datetime(2026, 11, 22, 20, 15, 30, tzinfo=UTC)
TALKS = (recorded.Talk("host", 1, 3, tone=440),)


def until(ended_at=ENDED, holds=(), **facts):
    return retention.copy_until(ended_at, holds=holds, **NUMBERS, **facts)


# --- The dates by themselves ---


@pytest.mark.parametrize(
    ("holds", "on_report", "days", "why"),
    [
        ((), False, 30, "usual"),
        ((), True, 0, "no_report"),
        (("report",), False, 90, "open_report"),
        (("report",), True, 90, "open_report"),
        (("upheld",), False, 90, "upheld"),
        (("upheld",), True, 90, "upheld"),
        (("report", "upheld"), False, 90, "upheld"),
    ],
)
def test_the_day_follows_from_the_holds(holds, on_report, days, why):
    assert until(holds=holds, on_report=on_report) == (ENDED + timedelta(days=days), why)


@pytest.mark.parametrize("holds", [("legal",), ("legal", "report"), ("legal", "upheld")])
@pytest.mark.parametrize("ended_at", [None, ENDED])
def test_under_a_legal_hold_there_is_no_day(holds, ended_at):
    assert until(ended_at, holds) == (None, "legal")


@pytest.mark.parametrize("holds", [(), ("report",), ("upheld",)])
def test_a_live_space_has_no_day_yet(holds):
    assert until(None, holds) == (None, "live")


@pytest.mark.parametrize(
    ("ended", "day"),
    [
        # Over the nights in which clocks are changed, in Europe and in America: still 30 times 24 hours.
        (datetime(2026, 10, 1, 23, 30, tzinfo=ZoneInfo("Europe/Berlin")), datetime(2026, 10, 31, 21, 30, tzinfo=UTC)),
        (datetime(2026, 3, 1, 23, 30, tzinfo=ZoneInfo("America/New_York")), datetime(2026, 4, 1, 4, 30, tzinfo=UTC)),
        # The hour that comes twice, first and second time.
        (datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")), datetime(2026, 11, 24, 0, 30, tzinfo=UTC)),
        (
            datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
            datetime(2026, 11, 24, 1, 30, tzinfo=UTC),
        ),
        # Leap days count, and so does the second before a year ends.
        (datetime(2028, 1, 30, 12, tzinfo=UTC), datetime(2028, 2, 29, 12, tzinfo=UTC)),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), datetime(2028, 3, 30, 12, tzinfo=UTC)),
        (datetime(2027, 2, 28, 12, tzinfo=UTC), datetime(2027, 3, 30, 12, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), datetime(2027, 1, 30, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_days_are_24_hours_each_wherever_and_whenever(ended, day):
    assert until(ended.astimezone(UTC))[0] == day
    assert retention.replay_until(ended.astimezone(UTC), days=30) == day


# --- Who writes them ---


@pytest.fixture
def space(db, storage) -> Space:
    return recorded.space(TALKS, ended=ENDED)


def copy_of(space: Space) -> Copy:
    return Copy.objects.select_related("space").get(space=space)


def test_repeating_it_changes_nothing(space, django_assert_num_queries):
    copy = copy_of(space)
    with django_assert_num_queries(1):
        service.recompute(copy)
    assert copy_of(space).expires_at == ENDED + timedelta(days=30)


@pytest.mark.parametrize("state", ["purging", "purged"])
def test_what_is_being_destroyed_keeps_the_day_it_had(space, state):
    Copy.objects.update(state=state, purge_claimed_at=ENDED if state == "purging" else None)
    Hold.objects.create(copy=copy_of(space), kind="upheld", key="1", reason="Late", placed_at=ENDED)
    service.recompute(copy_of(space))
    assert (copy_of(space).state, copy_of(space).expires_at) == (state, ENDED + timedelta(days=30))


def test_a_lifted_hold_holds_nothing(space):
    now = timezone.now()
    Hold.objects.create(copy=copy_of(space), kind="report", key="1", reason="One", placed_at=now, lifted_at=now)
    service.recompute(copy_of(space))
    assert copy_of(space).why == "usual"


def test_what_a_replay_is_made_of_is_kept_as_long_as_replays_are(space):
    Copy.objects.update(on_report=True)
    service.recompute(copy_of(space))
    assert copy_of(space).why == "usual"
    RecordingPeriod.objects.all().delete()
    service.recompute(copy_of(space))
    assert (copy_of(space).expires_at, copy_of(space).why) == (ENDED, "no_report")


def test_the_end_that_was_told_to_nobody_is_found(room):
    """Whoever ended it was killed before it could say so."""
    Copy.objects.create(space=room.space)
    assert service.settle_ended() == 0, "it is live"
    spaces.end(space=room.space, by=room.host)
    assert service.settle_ended() == 1 and copy_of(room.space).state == "kept"
    assert service.settle_ended() == 0


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/St_Johns"])
def test_the_time_zone_of_the_server_moves_no_date(space, settings, zone):
    settings.TIME_ZONE = zone
    Copy.objects.update(expires_at=None, why="")
    service.recompute(copy_of(space))
    assert copy_of(space).expires_at == ENDED + timedelta(days=30)
    for seconds, readable in ((-1, True), (0, False)):
        now = ENDED + timedelta(days=30, seconds=seconds)
        assert selectors.readable_copies(now).exists() == readable


# --- What can be read ---

BOUNDARY = [(-1, True), (0, False), (1, False)]


@pytest.mark.parametrize(("seconds", "readable"), BOUNDARY)
@pytest.mark.parametrize(("kind", "days"), [(None, 30), ("report", 90), ("upheld", 90)])
def test_a_copy_is_unreadable_from_the_second_of_its_expiry(space, kind, days, seconds, readable):
    if kind:
        Hold.objects.create(copy=copy_of(space), kind=kind, key="1", reason="One", placed_at=ENDED)
    with time_machine.travel(ENDED + timedelta(days=1), tick=False):
        service.recompute(copy_of(space))
    now = ENDED + timedelta(days=days, seconds=seconds)
    assert selectors.readable_copies(now).exists() == readable == selectors.is_readable(copy_of(space), now)


@pytest.mark.parametrize(("seconds", "readable"), BOUNDARY)
def test_a_replay_is_unreadable_from_the_second_of_its_expiry(space, seconds, readable):
    replayed.replay(space, TALKS)
    now = ENDED + timedelta(days=30, seconds=seconds)
    assert selectors.readable_replays(now).exists() == readable
    Replay.objects.update(for_good=True, expires_at=None)
    assert selectors.readable_replays(now).exists()


@pytest.mark.parametrize("state", ["purging", "purged"])
def test_what_a_purge_has_is_unreadable_whatever_its_date(space, state):
    Copy.objects.update(state=state, purge_claimed_at=ENDED if state == "purging" else None, expires_at=None)
    assert not selectors.readable_copies(ENDED).exists() and not selectors.is_readable(copy_of(space), ENDED)


@pytest.mark.parametrize("state", ["waiting", "mixing", "failed", "empty", "deleted"])
def test_a_replay_that_is_not_ready_cannot_be_heard(space, state):
    replayed.replay(space, TALKS)
    Replay.objects.update(state=state, m4a="", opus="", deleted_at=ENDED)
    assert not selectors.readable_replays(ENDED).exists()
