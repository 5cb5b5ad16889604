"""Who wants to be told of a scheduled Space, and who was told what: once per Space, person and kind.

The unique row of a Notice is the once, whatever is retried or runs twice; mails follow the rows, and a mail is claimed
before it is sent. Called by the calendar's services and, for what time brings, by tasks.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rooms import rules, selectors
from rooms.events import AccountsTold
from rooms.models import InviteLink, Notice, Reminder, Space
from rooms.publish import publish
from rooms.services import news
from rooms.services.locking import bump, lock

BATCH = 500


@transaction.atomic
def ask(*, space: Space, by, link: InviteLink | None = None) -> None:
    """`link` is the one that lets them in now, if any; asking again with another one counts with that."""
    space = lock(space.pk)
    rules.may_be_reminded(space, blocked=selectors.shut_out(space, by))
    reminder, new = Reminder.objects.get_or_create(space=space, user=by, defaults={"link": link})
    with_another = link is not None and reminder.link_id != link.pk
    if with_another:
        reminder.link = link
        reminder.save(update_fields=["link"])
    if new or with_another:
        publish(AccountsTold(space=space.pk, version=bump(space), accounts=(by.pk,)))


@transaction.atomic
def drop(*, space: Space, by) -> None:
    space = lock(space.pk)
    if Reminder.objects.filter(space=space, user=by).delete()[0]:
        publish(AccountsTold(space=space.pk, version=bump(space), accounts=(by.pk,)))


@transaction.atomic
def dismiss(*, notice: Notice, by) -> None:
    """Read: it leaves the home page, and is not told again."""
    space = lock(notice.space_id)
    if Notice.objects.filter(pk=notice.pk, user=by, dismissed_at__isnull=True).update(dismissed_at=timezone.now()):
        publish(AccountsTold(space=space.pk, version=bump(space), accounts=(by.pk,)))


def tell(space: Space, kind: str, accounts: Iterable[int]) -> tuple[int, ...]:
    """Under the lock: a notice for each who has none of this kind yet; who that was. A time may move more than once."""
    accounts = set(accounts)
    now = timezone.now()
    if kind == Notice.Kind.MOVED:
        Notice.objects.filter(space=space, kind=kind, user_id__in=accounts).delete()
    told = set(Notice.objects.filter(space=space, kind=kind).values_list("user_id", flat=True))
    new = sorted(accounts - told)
    notices = [Notice(space=space, user_id=user, kind=kind, created_at=now) for user in new]
    Notice.objects.bulk_create(notices, batch_size=BATCH)
    if new:
        news.on_time(space, kind, new)
    return tuple(new)


def rearm(space: Space) -> None:
    """Under the lock: another time, so what was said of the old one is said again."""
    Notice.objects.filter(space=space, kind__in=[Notice.Kind.SOON, Notice.Kind.START]).delete()
    space.start_told_at = None
    space.save(update_fields=["start_told_at"])


@transaction.atomic
def remind(*, space_id, now: datetime) -> int:
    """Tells whom it is time to tell; returns how many. The host some time before, and everybody at the time; when it
    goes on air, before that or later, whoever was not told yet.
    """
    space = lock(space_id)
    if space.is_over or rules.expires(space, now=now, seconds=settings.SCHEDULE_EXPIRES_SECONDS):
        return 0
    told: tuple[int, ...] = ()
    soon = space.scheduled_for - timedelta(seconds=settings.REMIND_HOST_SECONDS)
    if space.is_scheduled and space.time_set_at <= soon <= now < space.scheduled_for:
        told += tell(space, Notice.Kind.SOON, [space.host_id])
    if space.start_told_at is None and (space.is_live or now >= space.scheduled_for):
        host = [space.host_id] if space.is_scheduled else []
        told += tell(space, Notice.Kind.START, [*host, *selectors.waiting(space)])
        space.start_told_at = now
        space.save(update_fields=["start_told_at"])
    if told:
        publish(AccountsTold(space=space.pk, version=bump(space), accounts=told))
    return len(told)


def claim_mail(notice: Notice) -> bool:
    """Whether this caller, and nobody else, is to send it."""
    return Notice.objects.filter(pk=notice.pk, mailed_at__isnull=True).update(mailed_at=timezone.now()) == 1


def release_mail(notice: Notice) -> None:
    """It could not be sent: the next round tries again."""
    Notice.objects.filter(pk=notice.pk).update(mailed_at=None)
