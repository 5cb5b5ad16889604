"""Ranges of a file, as RFC 9110 has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.ranges import Span, Unsatisfiable, asked, still_the_same

SIZE = 1000


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-1200", "bytes=-0", "bytes=99999999999999999-"])
def test_what_lies_outside_the_file_is_refused(header):
    with pytest.raises(Unsatisfiable):
        asked(header, SIZE)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5",
        "bytes=5-4",
        "bytes=a-b",
        "bytes=--5",
        "bytes=+1-5",
        "bytes=1.5-7",
        "bytes=٣-٥",
        "seconds=1-5",
        "bytes 1-5/1000",
        "bytes=0-1,5-6",
        f"bytes={'9' * 5000}-",
    ],
)
def test_what_is_no_single_range_is_answered_with_the_whole(header):
    assert asked(header, SIZE) is None


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-", (0, 1000)),
        ("bytes=0-0", (0, 1)),
        ("bytes=999-", (999, 1000)),
        ("bytes=10-19", (10, 20)),
        ("bytes=10-5000", (10, 1000)),
        ("bytes=-1", (999, 1000)),
        ("bytes=-1000", (0, 1000)),
        ("bytes=-5000", (0, 1000)),
        ("BYTES=1-2", (1, 3)),
        (" bytes= 1-2 ", (1, 3)),
    ],
)
def test_a_single_range_is_cut_to_the_file(header, span):
    assert asked(header, SIZE) == span


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-5", "bytes=0-0"])
def test_of_an_empty_file_there_is_no_range(header):
    with pytest.raises(Unsatisfiable):
        asked(header, 0)


@given(st.text(max_size=40) | st.from_regex(r"bytes=\d{0,20}-\d{0,20}", fullmatch=True), st.integers(0, 2000))
def test_whatever_is_asked_no_byte_outside_the_file_is_meant(header, size):
    try:
        span = asked(header, size)
    except Unsatisfiable:
        return
    assert span is None or (isinstance(span, Span) and 0 <= span.first < span.end <= size)


def test_a_range_of_another_file_is_not_sent():
    assert still_the_same(None, '"a"') and still_the_same('"a"', '"a"')
    for other in ('"b"', 'W/"a"', "a", "Sun, 22 Nov 2026 08:00:00 GMT", ""):
        assert not still_the_same(other, '"a"')
