"""What a time on somebody's wall clock means: nights on which clocks change, and zones that are none."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.wallclock import Unclear, instant

NOON = datetime(2026, 11, 29, 12, 0)


@pytest.mark.parametrize(
    "zone",
    [
        "",
        " ",
        "Berlin",
        "europe/berlin",
        "Europe/Berlin ",
        "Europe",
        "Europe/",
        "Europe/Atlantis",
        "../../etc/passwd",
        "/etc/passwd",
        "/usr/share/zoneinfo/Europe/Berlin",
        "Europe/../Europe/Berlin",
        "./UTC",
        "right/Europe/Berlin",
        "posix/Europe/Berlin",
        "localtime",
        "Factory",
        "Etc/Unknown",
        "tzdata.zi",
        "+02:00",
        "UTC+2",
        "Europe/Berlin\0",
        "\ud800",
        "Europe/Berlin\r\nX: y",
        "x" * 100_000,
    ],
)
def test_a_name_that_is_no_time_zone_is_refused(zone):
    with pytest.raises(Unclear) as refusal:
        instant(NOON, zone)
    assert refusal.value.code == "zone_unknown"


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        ("Europe/Berlin", "2027-03-28T02:00", "2027-03-28T02:59"),
        ("America/New_York", "2027-03-14T02:00", "2027-03-14T02:59"),
        ("Australia/Lord_Howe", "2026-10-04T02:00", "2026-10-04T02:29"),
        ("Australia/Sydney", "2026-10-04T02:00", "2026-10-04T02:59"),
        # Samoa went to bed on Thursday and got up on Saturday.
        ("Pacific/Apia", "2011-12-30T00:00", "2011-12-30T23:59"),
    ],
)
def test_a_time_that_clocks_jump_over_is_refused_and_its_neighbours_follow_each_other(zone, first, last):
    first, last = datetime.fromisoformat(first), datetime.fromisoformat(last)
    for skipped in (first, first + (last - first) / 2, last):
        with pytest.raises(Unclear) as refusal:
            instant(skipped, zone)
        assert refusal.value.code == "time_skipped"
    minute = timedelta(minutes=1)
    assert instant(last + minute, zone) - instant(first - minute, zone) == minute


@pytest.mark.parametrize(
    ("zone", "local", "earlier"),
    [
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),
        ("Australia/Lord_Howe", "2027-04-04T01:45", "2027-04-03T14:45"),
        ("Australia/Sydney", "2027-04-04T02:30", "2027-04-03T15:30"),
    ],
)
@pytest.mark.parametrize("fold", [0, 1])
def test_of_a_time_that_occurs_twice_the_earlier_one_is_meant(zone, local, earlier, fold):
    twice = datetime.fromisoformat(local).replace(fold=fold)
    assert instant(twice, zone) == datetime.fromisoformat(earlier).replace(tzinfo=UTC)


@pytest.mark.parametrize("hour", [0, 1])
def test_of_a_time_that_occurs_twice_the_one_known_is_kept_and_another_time_is_not(hour):
    known = datetime(2026, 10, 25, hour, 30, 12, tzinfo=UTC)
    shown = datetime(2026, 10, 25, 2, 30)
    assert instant(shown, "Europe/Berlin", known) == known
    minute = timedelta(minutes=1)
    assert instant(shown + minute, "Europe/Berlin", known) == datetime(2026, 10, 25, 0, 31, tzinfo=UTC)
    assert instant(shown, "UTC", known) == datetime(2026, 10, 25, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("UTC", "2026-11-29T19:00", "2026-11-29T19:00"),
        ("Etc/GMT+5", "2026-11-29T19:00", "2026-11-30T00:00"),
        ("Europe/Berlin", "2026-11-29T20:00", "2026-11-29T19:00"),
        ("Europe/Berlin", "2026-07-29T20:00", "2026-07-29T18:00"),
        ("Asia/Kolkata", "2026-11-29T19:00", "2026-11-29T13:30"),
        # The name browsers still use for it.
        ("Asia/Calcutta", "2026-11-29T19:00", "2026-11-29T13:30"),
        ("Asia/Kathmandu", "2026-11-29T19:00", "2026-11-29T13:15"),
        ("America/New_York", "2026-12-31T23:30", "2027-01-01T04:30"),
        ("Pacific/Kiritimati", "2027-01-01T00:00", "2026-12-31T10:00"),
        ("Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00"),
    ],
)
def test_a_local_time_becomes_the_instant_in_utc(zone, local, utc):
    moment = instant(datetime.fromisoformat(local), zone)
    assert moment == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert moment.tzinfo is UTC


def test_the_ends_of_the_calendar_are_an_answer_and_no_crash():
    assert instant(datetime(9999, 12, 31, 23, 59), "America/New_York") == datetime.max.replace(tzinfo=UTC)
    assert instant(datetime(1, 1, 1), "Asia/Kolkata") == datetime.min.replace(tzinfo=UTC)


def test_a_time_with_a_zone_of_its_own_is_a_mistake_in_the_program():
    with pytest.raises(TypeError):
        instant(NOON.replace(tzinfo=timezone(timedelta(hours=2))), "UTC")


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"]),
)
def test_every_time_is_refused_or_reads_the_same_on_the_way_back(local, zone):
    try:
        moment = instant(local, zone)
    except Unclear as refusal:
        assert refusal.code == "time_skipped"
    else:
        assert moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == local
