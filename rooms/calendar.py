"""Spaces as iCalendar (RFC 5545), for downloads and subscriptions. Reads no database and no clock."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from icalendar import Calendar, Event, vDuration, vText

LENGTH = timedelta(hours=1)
REFRESH = timedelta(hours=1)
PRODUCT = "-//Openfloor//Spaces//EN"
GONE = {"cancelled", "expired"}


def calendar(spaces: Iterable, *, address: Callable[..., str], domain: str, stamp: datetime, name: str = "") -> bytes:
    """Scheduled Spaces as a published calendar. `address` gives the absolute URL of one; `stamp` is now; `name` is for
    calendars one subscribes to: a file of events that has one is opened as a calendar of its own.

    No ORGANIZER, although RFC 5546 wants one in what is published: people's mail addresses are nobody's business.
    """
    found = Calendar()
    found.add("version", "2.0")
    found.add("prodid", PRODUCT)
    found.add("calscale", "GREGORIAN")
    found.add("method", "PUBLISH")
    if name:
        # The older names beside those of RFC 7986; the library escapes no text it does not know.
        found["name"] = found["x-wr-calname"] = vText(_text(name))
        found["x-published-ttl"] = vDuration(REFRESH)
        found.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for space in spaces:
        found.add_component(event(space, url=address(space), domain=domain, stamp=stamp))
    return found.to_ical()


def fingerprint(data: bytes) -> str:
    """The same for two files that differ only in when they were written."""
    return hashlib.sha256(re.sub(rb"^DTSTAMP:.*$", b"", data, flags=re.MULTILINE)).hexdigest()


def event(space, *, url: str, domain: str, stamp: datetime) -> Event:
    """One scheduled Space. Its UID never changes; SEQUENCE, then DTSTAMP, tell which of two copies is the newer."""
    host = f"Hosted by {space.host.display_name} (@{space.host.handle})."
    about = [space.description, host, f"Listen in your browser: {url}"]
    return Event.new(
        uid=f"{space.pk}@{domain}",
        sequence=space.calendar_sequence,
        stamp=stamp,
        start=space.scheduled_for,
        end=space.scheduled_for + LENGTH,
        summary=_text(space.title),
        description=_text("\n\n".join(filter(None, about))),
        status="CANCELLED" if space.state in GONE else "CONFIRMED",
        url=url,
    )


def _text(text: str) -> str:
    """TEXT holds no control characters (RFC 5545, 3.3.11) but the line feed, which the library escapes."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs"})
