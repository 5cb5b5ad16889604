"""Live HTML of accounts, for one person each: the only code that renders it. Each partial stands in a page too.

`version` is when something was read (ms), by which old news is known: an account has no number of its own that grows.
"""

import time

from django.template.loader import render_to_string

from accounts import selectors
from accounts.models import Side
from accounts.models.conversation import TEXT_MAX
from accounts.rules import Refused, may_write
from accounts.selectors.conversations import Thread


def for_account(user) -> str:
    """What concerns an account wherever it looks."""
    context = requests_context(user) | {"inbox": mark_context(user)}
    shown = ("_follow_requests", "_follow_requests_mark", "_inbox_mark")
    return "".join(_render(f"accounts/{name}.html", context) for name in shown)


def requests_context(user) -> dict:
    """Two queries, none for an account that nobody has to ask."""
    asking = selectors.follow_requests(user) if user.is_protected else []
    return {"asking": asking} | requests_mark_context(user)


def requests_mark_context(user) -> dict:
    return {"requests": {"count": selectors.follow_request_count(user), "version": _version()}}


def conversation(user, folder: str, thread: Thread | None = None) -> str:
    """A page of messages: its list, and what is open in it."""
    html = _render("accounts/_conversations.html", list_context(user, folder, thread and thread.side))
    if thread is None:
        return html
    context = thread_context(thread)
    return html + _render("accounts/_thread.html", context) + _render("accounts/_composer.html", context)


def mark_context(user) -> dict:
    return {"unread": selectors.unread(user), "version": _version()}


def list_context(user, folder: str, side: Side | None = None) -> dict:
    """`side` is of the conversation that is open."""
    return {
        "rows": selectors.conversations(user, folder),
        "folder": folder,
        "open": side and side.conversation_id,
        "unread": selectors.unread(user),
        "version": _version(),
    }


def thread_context(thread: Thread) -> dict:
    side = thread.side
    return {"thread": thread, "side": side, "version": _version()} | composer_context(side.user, side.other)


def composer_context(me, person) -> dict:
    """`closed` is the sentence that stands in the place of the composer, where one cannot write."""
    terms, takes = selectors.terms(me, person), selectors.takes_from(person, me)
    closed = ""
    try:
        may_write(me, person, blocks=terms.blocks, blocked=terms.blocked, takes=takes)
    except Refused as refusal:
        closed = refusal.sentence
    return {"person": person, "closed": closed, "most": TEXT_MAX}


def _version() -> int:
    return time.time_ns() // 1_000_000


def _render(template: str, context: dict) -> str:
    return render_to_string(template, context | {"oob": True})
