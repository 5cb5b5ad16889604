"""Long lists, one page after the other, by what stood last on the page before: rows that come or go meanwhile neither
repeat nor swallow others. Used by selectors of all apps."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

_EPOCH = datetime.fromtimestamp(0, UTC)


class Page(NamedTuple):
    """`after` is what the next page is asked for with; empty on the last one."""

    rows: list
    after: str


def newest_first(rows: QuerySet, *, by: str, after: str, size: int) -> Page:
    """One query. `by` is the field of a moment; what was meant by a mutilated `after` is the first page."""
    rows = rows.order_by(f"-{by}", "-pk")
    if last := _read(after, rows.model):
        moment, pk = last
        rows = rows.filter(Q(**{f"{by}__lt": moment}) | Q(**{by: moment, "pk__lt": pk}))
    found = list(rows[: size + 1])
    if len(found) <= size:
        return Page(found, "")
    shown = found[:size]
    moment = getattr(shown[-1], by)
    return Page(shown, f"{(moment - _EPOCH) // timedelta(microseconds=1)}.{shown[-1].pk}")


def _read(after: str, model) -> tuple[datetime, object] | None:
    microseconds, _, pk = after.partition(".")
    try:
        return _EPOCH + timedelta(microseconds=int(microseconds)), model._meta.pk.to_python(pk)
    except (ValueError, OverflowError, ValidationError):
        return None
