"""What happened to accounts, as facts: keys only. Published by services through accounts.publish."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Event:
    """`accounts` (keys) are those whose open pages changed with it."""

    accounts: tuple[int, ...] = ()

    # Whether each of their sockets has to ask anew what it may show.
    access: ClassVar[bool] = False


class AccountsTold(Event):
    """News for these: notifications, requests, unread messages."""


@dataclass(frozen=True, kw_only=True)
class ConversationChanged(AccountsTold):
    """Both see it otherwise now: it was read, accepted, or something shown in it has changed."""

    conversation: UUID


@dataclass(frozen=True, kw_only=True)
class Blocked(Event):
    blocker: int
    blocked: int

    access = True


@dataclass(frozen=True, kw_only=True)
class Unblocked(Event):
    blocker: int
    blocked: int

    access = True


@dataclass(frozen=True, kw_only=True)
class SessionsEnded(Event):
    """Some or all sessions of one account are over: its password was changed, or one was revoked."""

    user: int

    access = True


@dataclass(frozen=True, kw_only=True)
class AccountClosing(Event):
    """Its person has asked for it to be erased; nobody meets them any more."""

    user: int

    access = True
