"""Until when what is kept of a Space is kept, and why. Pure, and the only place that computes such dates."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum


class Why(StrEnum):
    """What decides the date of a copy."""

    LIVE = "live"
    USUAL = "usual"
    # Kept only in case of a report, and there was none.
    NO_REPORT = "no_report"
    OPEN_REPORT = "open_report"
    UPHELD = "upheld"
    LEGAL = "legal"


def copy_until(
    ended_at: datetime | None, *, holds: Collection[str], days: int, violation_days: int, on_report: bool = False
) -> tuple[datetime | None, Why]:
    """When a review copy expires, and why then. None for none: the Space is live, or a legal hold stands.

    `holds` are the kinds (Hold.Kind) that stand; `on_report` that a copy is only for the reports there are. Days are 24
    hours each, counted in UTC.
    """
    if "legal" in holds:
        return None, Why.LEGAL
    if ended_at is None:
        return None, Why.LIVE
    if "upheld" in holds:
        return ended_at + timedelta(days=violation_days), Why.UPHELD
    if "report" in holds:
        return ended_at + timedelta(days=violation_days), Why.OPEN_REPORT
    if on_report:
        return ended_at, Why.NO_REPORT
    return ended_at + timedelta(days=days), Why.USUAL


def replay_until(ended_at: datetime, *, days: int) -> datetime:
    """When a replay expires that was not published for good."""
    return ended_at + timedelta(days=days)
