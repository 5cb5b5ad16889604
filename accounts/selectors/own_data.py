"""What people ask about their own account's end and copies. Called by views, forms and services; must never write."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from accounts.addresses import digest
from accounts.models import AccountExport, BarredAddress, User

State = AccountExport.State
UNDER_WAY = (State.QUEUED, State.MAKING)
COPIES_SHOWN = 5
A_DAY = timedelta(days=1)


def is_barred(address: str) -> bool:
    """Whether somebody suspended had their account with this mailbox erased. One query."""
    return BarredAddress.objects.filter(digest=digest(address)).exists()


def to_erase(now: datetime) -> list[int]:
    """Keys of accounts whose time to change their mind is over. One query."""
    due = User.objects.filter(closing_at__lte=now, erased_at__isnull=True)
    return list(due.order_by("closing_at").values_list("pk", flat=True))


def copies_of(user: User) -> list[AccountExport]:
    """The newest first, those deleted since included. One query."""
    return list(AccountExport.objects.filter(user=user)[:COPIES_SHOWN])


def copy_of(user: User, pk) -> AccountExport | None:
    """One query."""
    return AccountExport.objects.filter(user=user, pk=pk).first()


def copies_asked(user: User, now: datetime) -> int:
    """In the last 24 hours; those that could not be made do not count. One query."""
    return AccountExport.objects.filter(user=user, asked_at__gt=now - A_DAY).exclude(state=State.FAILED).count()


def copies_to_make(now: datetime, lease: timedelta) -> QuerySet[AccountExport]:
    """Those nobody makes, or whose maker was not heard of for the lease."""
    queued = AccountExport.objects.filter(state=State.QUEUED)
    return (queued | AccountExport.objects.filter(state=State.MAKING, started_at__lte=now - lease)).order_by("asked_at")


def copies_to_delete(now: datetime) -> list[AccountExport]:
    """One query."""
    return list(AccountExport.objects.filter(state=State.READY, expires_at__lte=now))


def copy_files() -> set[str]:
    """Names in storage that are somebody's, or may soon be. One query."""
    return set(AccountExport.objects.filter(state__in=[State.MAKING, State.READY]).values_list("file", flat=True))
