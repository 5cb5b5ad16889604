"""From a time on somebody's wall clock to the instant it means. Forms call this; it looks at no clock of its own."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


class Unclear(ValueError):
    """That time means no instant. `code` is `zone_unknown` or `time_skipped`, each with its sentence in REFUSALS."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def instant(local: datetime, zone: str, known: datetime | None = None) -> datetime:
    """`local`, naive, on a clock of the IANA time zone `zone`, as UTC. Of a time that occurs twice, the earlier.

    Where that clock shows `known` so, to the minute, it is `known`. At the very ends of the calendar, its first or last
    instant. Raises Unclear.
    """
    if local.tzinfo is not None:
        raise TypeError("a wall clock shows no zone")
    if zone not in _zones():
        raise Unclear("zone_unknown")
    here = ZoneInfo(zone)
    if known is not None and local == known.astimezone(here).replace(tzinfo=None, second=0, microsecond=0):
        return known
    try:
        moment = local.replace(tzinfo=here, fold=0).astimezone(UTC)
        seen = moment.astimezone(here)
    except OverflowError:
        return (datetime.min if local.year == 1 else datetime.max).replace(tzinfo=UTC)
    # A clock that jumps over a time never shows it: coming back from the instant, one reads another.
    if seen.replace(tzinfo=None, fold=0) != local.replace(fold=0):
        raise Unclear("time_skipped")
    return moment


@cache
def _zones() -> frozenset[str]:
    """The names people mean. What a machine calls its own time is not one; names are never used as paths."""
    return frozenset(available_timezones() - {"localtime", "Factory"})
