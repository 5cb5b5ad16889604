"""Moments of a Space in its replay and back, and what it costs to look them up."""

from hypothesis import given
from hypothesis import strategies as st

from recordings.timelines import Timeline
from recordings.tracks import _inside

# Holes before pieces and their lengths, in seconds.
PIECES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8)
MOMENTS = st.integers(0, 90_000)
ORIGIN_US = 1_700_000_000_000_000


def of(holes: list[tuple[int, int]]) -> tuple[list[list[int]], list[tuple[int, int]]]:
    """Pieces of a replay, and where they lie in the Space (ms)."""
    pieces, places, at, since = [], [], 0, 0
    for hole, length in holes:
        since += hole * 1000
        pieces.append([at, ORIGIN_US + since * 1000, length * 1000])
        places.append((since, since + length * 1000))
        at, since = at + length * 1000, since + length * 1000
    return pieces, places


@given(PIECES, MOMENTS, MOMENTS)
def test_it_is_what_looking_at_every_piece_finds(holes, start, end):
    pieces, places = of(holes)
    timeline = Timeline(pieces, ORIGIN_US)
    parts = [
        (at + max(start, since) - since, at + min(end, until) - since, max(start, since))
        for (at, _, _), (since, until) in zip(pieces, places, strict=True)
        if max(start, since) < min(end, until)
    ]
    found = timeline.in_replay(start, end)
    assert found == (parts[0][:2] if parts else None)
    if found:
        assert timeline.in_space(*found) == (parts[0][2], parts[0][2] + found[1] - found[0])


@given(PIECES, MOMENTS, MOMENTS)
def test_a_packet_is_inside_where_one_span_holds_all_of_it(holes, start, end):
    spans = [(ORIGIN_US + since * 1000, ORIGIN_US + until * 1000) for since, until in of(holes)[1] if since < until]
    since, until = start * 48, max(start, end) * 48
    held = any(a <= ORIGIN_US + since * 125 // 6 and ORIGIN_US + until * 125 // 6 <= b for a, b in spans)
    assert _inside(spans, ORIGIN_US, since, until) == held


def test_thousands_of_pieces_are_looked_up_ten_thousand_times_in_one_go():
    timeline = Timeline(of([(1, 1)] * 2000)[0], ORIGIN_US)
    assert all(timeline.in_replay(at * 400, at * 400 + 1001) for at in range(9_900))
