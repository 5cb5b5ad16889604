"""Which kinds of news reach people which way, unless they have said otherwise (Preference): the table of defaults."""

from typing import NamedTuple

from accounts.models import Kind


class Ways(NamedTuple):
    in_app: bool
    by_push: bool
    by_mail: bool


DEFAULTS: dict[str, Ways] = {
    Kind.LIVE: Ways(in_app=True, by_push=True, by_mail=False),
    Kind.STAGE: Ways(in_app=True, by_push=True, by_mail=False),
    Kind.REMINDER: Ways(in_app=True, by_push=True, by_mail=True),
    Kind.INVITATION: Ways(in_app=True, by_push=True, by_mail=True),
    Kind.MESSAGE: Ways(in_app=True, by_push=True, by_mail=True),
    Kind.FOLLOW: Ways(in_app=True, by_push=False, by_mail=False),
}
# Shown where it belongs whatever is switched off: on the home page and in the inbox.
SHOWN_ANYWAY = frozenset({Kind.REMINDER, Kind.INVITATION, Kind.MESSAGE})
# Mailed when it happens by the app that knows it; never in the mail of the day.
MAILED_AT_ONCE = frozenset({Kind.REMINDER})
# Said once of a subject, whoever else does the same: who takes a stage second rings no second time.
RUNG_ONCE = frozenset({Kind.LIVE, Kind.STAGE})
# What is said of news that no card of another app says it of; after who did it.
SENTENCES = {
    (Kind.FOLLOW, ""): "followed you",
    (Kind.FOLLOW, "request"): "asked to follow you",
    (Kind.FOLLOW, "accepted"): "accepted that you follow them",
}
