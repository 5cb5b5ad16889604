"""Whether somebody may do something with what is kept of a Space: pure functions over the facts they are given. Each
returns None or raises Refused. Services and views call them."""

from datetime import date

from recordings.refusals import refuse_if

# Characters in a reason that staff give: before they listen, and for a legal hold.
REASON_LEAST = 10


def may_hold(*, kept: bool, readable: bool) -> None:
    """A report, or a legal hold: on what is there, and has not expired."""
    refuse_if(not kept, "copy_none")
    refuse_if(not readable, "copy_gone")


def may_hold_legally(*, staff: bool, reason: str, review_on: date, today: date) -> None:
    refuse_if(not staff, "staff_only")
    refuse_if(len(reason.strip()) < REASON_LEAST, "reason_needed", least=REASON_LEAST)
    refuse_if(review_on <= today, "review_past")


def may_lift_legally(*, staff: bool) -> None:
    refuse_if(not staff, "staff_only")
