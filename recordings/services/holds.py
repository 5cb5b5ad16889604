"""What keeps a copy beyond its usual date: reports, decisions and legal holds. The one service that moderation calls.

`key` is the report's or the legal matter's own, in the words of whoever calls. Repeating anything changes nothing.
"""

from datetime import date

from django.db import transaction
from django.utils import timezone

from recordings import rules, selectors
from recordings.models import Copy, Hold
from recordings.services import capture, retention
from recordings.services.locking import lock
from rooms.models import Space

Kind = Hold.Kind


@transaction.atomic
def place(*, space: Space, key: str, reason: str, by) -> Hold:
    """Somebody reported something of this Space: what was kept of it stays until `decide`, to the day of the longest
    keeping at most. Refused once there is nothing left to keep. `by` may be None: a guest."""
    copy = _held(space)
    return _stand(copy, Kind.REPORT, key, reason=reason, by=by)


@transaction.atomic
def decide(*, space: Space, key: str, upheld: bool, by) -> None:
    """The report is decided. Upheld, the copy stays for an appeal; dismissed, it goes back to its usual date, and is
    destroyed at once where that is past. Too late for a copy that is gone: then nothing happens."""
    if (copy := _lock(space)) is None:
        return
    report = _standing(copy, Kind.REPORT, key)
    if report is None:
        return
    if upheld:
        _stand(copy, Kind.UPHELD, key, reason=report.reason, by=by)
    _lift(copy, report)


@transaction.atomic
def place_legal(*, space: Space, key: str, reason: str, by, review_on: date) -> Hold:
    """A court or an authority demands it, say: kept without a date until `lift_legal`, and somebody looks again on
    that day."""
    rules.may_hold_legally(staff=by.is_staff, reason=reason, review_on=review_on, today=timezone.now().date())
    copy = _held(space)
    return _stand(copy, Kind.LEGAL, key, reason=reason, by=by, review_on=review_on)


@transaction.atomic
def lift_legal(*, space: Space, key: str, by) -> None:
    rules.may_lift_legally(staff=by.is_staff)
    if (copy := _lock(space)) is not None and (hold := _standing(copy, Kind.LEGAL, key)) is not None:
        _lift(copy, hold)


def _lock(space: Space) -> Copy | None:
    copy = Copy.objects.filter(space=space).first()
    return copy and lock(copy.pk)


def _held(space: Space) -> Copy:
    """The copy, under its lock. A live Space gets one: what is said from now on is held as well."""
    space = Space.objects.select_for_update().get(pk=space.pk)
    if space.is_live and space.review_copy:
        capture.open_copy(space)
    copy = _lock(space)
    rules.may_hold(kept=copy is not None, readable=copy is not None and selectors.is_readable(copy, timezone.now()))
    return copy


def _standing(copy: Copy, kind: Kind, key: str) -> Hold | None:
    return Hold.objects.filter(copy=copy, kind=kind, key=key, lifted_at__isnull=True).first()


def _stand(copy: Copy, kind: Kind, key: str, **facts) -> Hold:
    if (hold := _standing(copy, kind, key)) is None:
        hold = Hold.objects.create(copy=copy, kind=kind, key=key, placed_at=timezone.now(), **facts)
    retention.recompute(copy)
    return hold


def _lift(copy: Copy, hold: Hold) -> None:
    hold.lifted_at = timezone.now()
    hold.save(update_fields=["lifted_at"])
    retention.recompute(copy)
