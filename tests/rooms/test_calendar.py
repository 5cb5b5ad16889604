"""Spaces in people's calendars: what a file says of them, read back by another program's rules."""

import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from rooms.calendar import calendar, fingerprint

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
HOSTILE = [
    "Gardens\r\nATTENDEE:mailto:victim@example.org\r\nX-EVIL:1",
    "Gardens\nEND:VEVENT\nBEGIN:VEVENT\nUID:other",
    "Gardens\rEND:VCALENDAR",
    "salt, pepper; vinegar: oil",
    'a back\\slash, a \\n that is two letters, a \\N that is not, and "quotes"',
    "👩‍👩‍👧‍👦🏳️‍🌈" * 40,
    "ö" * 500,
    "nothing\0 but\x07 words\x1b[31m\x7f\x85",
    " \t leading and trailing \t ",
]


def planned(**details) -> SimpleNamespace:
    host = SimpleNamespace(display_name="Hanna", handle="hanna")
    facts = {"title": "Gardens on the roof", "description": "", "state": "scheduled", "calendar_sequence": 0}
    facts |= {"pk": uuid.uuid4(), "slug": "k7m2-p9xq-3fwd", "host": host, "scheduled_for": NOW + timedelta(days=2)}
    return SimpleNamespace(**facts | details)


def written(*spaces, name="Openfloor", stamp=NOW) -> bytes:
    return calendar(spaces, name=name, address=address, domain="example.org", stamp=stamp)


def address(space) -> str:
    return f"https://example.org/spaces/{space.slug}/"


def read(data: bytes):
    [event] = Calendar.from_ical(data).walk("VEVENT")
    return event


def lines(data: bytes) -> list[bytes]:
    """Unfolded (RFC 5545, 3.1), as other programs see them."""
    return data.replace(b"\r\n ", b"").removesuffix(b"\r\n").split(b"\r\n")


def as_shown(text: str) -> str:
    """Lines end in a line feed and nothing else controls anything. A backslash and an N are a line feed to the library,
    also where somebody wrote them."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text if c == "\n" or not (ord(c) < 32 or 127 <= ord(c) < 160))
    return text.replace(r"\N", "\n")


@pytest.mark.parametrize("field", ["title", "description", "display_name", "name of the calendar"])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_line_of_its_own(field, text):
    space = planned()
    plain = [line.partition(b":")[0].partition(b";")[0] for line in lines(written(space))]
    if field == "display_name":
        space.host.display_name = text
    elif field != "name of the calendar":
        setattr(space, field, text)
    data = written(space, name=text if field == "name of the calendar" else "Openfloor")
    assert [line.partition(b":")[0].partition(b";")[0] for line in lines(data)] == plain
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    assert not {c for c in data.decode() if ord(c) < 32 or 127 <= ord(c) < 160} - {"\r", "\n"}
    # A line feed stands only where a line ends.
    assert data.count(b"\n") == data.count(b"\r") == data.count(b"\r\n")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_written_is_what_is_read(text):
    event = read(written(planned(title=text, description=text)))
    assert str(event["summary"]) == as_shown(text)
    assert str(event["description"]).startswith(as_shown(text) + "\n\nHosted by Hanna")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_survives_folding(text):
    assert str(read(written(planned(title=text)))["summary"]) == as_shown(text)


def test_an_event_says_when_where_and_which():
    space = planned(description="Who waters them?", calendar_sequence=3)
    event = read(written(space))
    assert event["uid"] == f"{space.pk}@example.org"
    assert (event.start, event.end) == (space.scheduled_for, space.scheduled_for + timedelta(hours=1))
    assert (event["sequence"], event["status"], event["url"]) == (3, "CONFIRMED", address(space))
    assert event["description"] == (
        "Who waters them?\n\nHosted by Hanna (@hanna).\n\n"
        "Listen in your browser: https://example.org/spaces/k7m2-p9xq-3fwd/"
    )
    assert event.DTSTAMP == NOW
    assert "organizer" not in event and "attendee" not in event


def test_times_are_written_in_utc_also_across_a_new_year():
    data = written(planned(scheduled_for=datetime(2026, 12, 31, 23, 30, tzinfo=UTC)))
    assert b"DTSTART:20261231T233000Z" in lines(data) and b"DTEND:20270101T003000Z" in lines(data)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("scheduled", "CONFIRMED"),
        ("live", "CONFIRMED"),
        ("ended", "CONFIRMED"),
        ("cancelled", "CANCELLED"),
        ("expired", "CANCELLED"),
    ],
)
def test_what_will_not_happen_is_cancelled_and_not_left_out(state, status):
    assert read(written(planned(state=state)))["status"] == status


def test_a_calendar_is_published_under_a_name_and_says_how_often_to_look():
    found = lines(written(name="Hanna; Spaces, and more"))
    assert found[:5] == [
        b"BEGIN:VCALENDAR",
        b"VERSION:2.0",
        b"PRODID:-//Openfloor//Spaces//EN",
        b"CALSCALE:GREGORIAN",
        b"METHOD:PUBLISH",
    ]
    assert {b"NAME:Hanna\\; Spaces\\, and more", b"X-WR-CALNAME:Hanna\\; Spaces\\, and more"} < set(found)
    assert {b"REFRESH-INTERVAL;VALUE=DURATION:PT1H", b"X-PUBLISHED-TTL:PT1H"} < set(found)


def test_many_spaces_are_many_events_and_none_an_empty_calendar():
    spaces = [planned(), planned(), planned(state="cancelled")]
    assert len(Calendar.from_ical(written(*spaces)).walk("VEVENT")) == 3
    assert Calendar.from_ical(written()).walk("VEVENT") == []


def test_a_single_event_brings_no_calendar_of_its_own():
    assert not {b"NAME", b"X-WR-CALNAME", b"REFRESH-INTERVAL"} & {
        line.partition(b":")[0] for line in lines(written(planned(), name=""))
    }


def test_files_differ_when_what_they_say_does_and_not_by_the_hour():
    space = planned()
    later = written(space, stamp=NOW + timedelta(hours=1))
    assert later != written(space) and fingerprint(later) == fingerprint(written(space))
    for name, value in (("title", "Bees"), ("state", "cancelled"), ("calendar_sequence", 1), ("description", "x")):
        assert fingerprint(written(planned(pk=space.pk, **{name: value}))) != fingerprint(written(space))
