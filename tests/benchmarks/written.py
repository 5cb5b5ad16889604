"""What benchmarks of turns have in common: how they are asked, and where they write what they found."""

import argparse
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/performance.md"


def options(description: str, *, passes: int, quick: tuple[int, float]) -> argparse.Namespace:
    """`passes`, `seconds` and `quick` of the command line; the first two are those of `quick` if that is asked for."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--passes", type=int, default=passes, help="turns with what is measured, and without")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each turn is measured")
    parser.add_argument("--quick", action="store_true", help="a look of a minute that leaves the page alone")
    found = parser.parse_args()
    if found.quick:
        found.passes, found.seconds = quick
    return found


def put(text: str, begin: str, end: str) -> None:
    """Replaces what stands between the two marks on the page of figures."""
    before, _, rest = PAGE.read_text().partition(begin)
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}")
