"""Live HTML of accounts, for one person each: the only code that renders it. Each partial stands in a page too.

`version` is when something was read (ms), by which old news is known: an account has no number of its own that grows.
"""

import time

from django.template.loader import render_to_string

from accounts import selectors


def for_account(user) -> str:
    """What concerns an account wherever it looks."""
    context = requests_context(user)
    return _render("accounts/_follow_requests.html", context) + _render("accounts/_follow_requests_mark.html", context)


def requests_context(user) -> dict:
    """Two queries, none for an account that nobody has to ask."""
    asking = selectors.follow_requests(user) if user.is_protected else []
    return {"asking": asking} | requests_mark_context(user)


def requests_mark_context(user) -> dict:
    return {"requests": {"count": selectors.follow_request_count(user), "version": _version()}}


def _version() -> int:
    return time.time_ns() // 1_000_000


def _render(template: str, context: dict) -> str:
    return render_to_string(template, context | {"oob": True})
