"""Which bytes of a file a request asks for (RFC 9110, section 14). Pure; called by streaming.py."""

import re
from typing import NamedTuple

_ONE_RANGE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.IGNORECASE | re.ASCII)
# A number with more digits is beyond every file, and slow to read.
_DIGITS_MOST = 18


class Span(NamedTuple):
    """Bytes `first` up to, not including, `end`."""

    first: int
    end: int


class Unsatisfiable(Exception):
    """The range lies outside the file: 416."""


def asked(header: str | None, size: int) -> Span | None:
    """None where the whole file answers: nothing is asked, in a unit or a form we do not know, or several ranges at
    once, which a server may answer so. Raises Unsatisfiable."""
    found = _ONE_RANGE.fullmatch((header or "").strip())
    if not found or found.groups() == ("", "") or max(map(len, found.groups())) > _DIGITS_MOST:
        return None
    first, last = (int(digits) if digits else None for digits in found.groups())
    if first is None:
        first, last = max(size - last, 0), size - 1 if last else -1
    if last is None:
        last = max(size - 1, first)
    elif found[1] and last < first:
        return None
    if first >= size or last < first:
        raise Unsatisfiable
    return Span(first, min(last, size - 1) + 1)


def still_the_same(if_range: str | None, etag: str) -> bool:
    """Whether a range may be sent: If-Range (section 13.1.5) names this very file, or is not there. We send no
    Last-Modified, so no date is ever ours."""
    return if_range is None or if_range.strip() == etag
