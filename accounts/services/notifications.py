"""Telling people of what others did: once each, the ways they like. Called by services of this app and of others.

The unique row of a Notification is the once, whatever is retried or runs twice. What is wanted by push or mail waits in
that row until its task claims it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial

from django.db import connection, transaction
from django.utils import timezone

from accounts import cards, selectors
from accounts.events import AccountsTold
from accounts.models import FanOut, Follow, Kind, Mute, Notification, Preference, PushSubscription, User
from accounts.publish import publish
from accounts.services.batches import delete_some, little_by_little
from accounts.services.locking import lock_people
from accounts.soon import soon
from accounts.telling import DEFAULTS, MAILED_AT_ONCE, RUNG_ONCE

# Rows of one INSERT, and followers told in one transaction.
ROWS, BATCH = 500, 1_000


@transaction.atomic
def tell(*, kind: str, users: Iterable[int], actor: int, subject: str = "", listed: bool = True) -> tuple[int, ...]:
    """Tells these accounts (keys) that `actor` (a key) did this; who was not told before. A repeat writes nothing.

    Nobody is told of whom they muted or are blocked with, nor of themselves, save that it is time. `listed` is False
    for what is shown elsewhere already; it is pushed and mailed all the same.
    """
    users = set(users) if kind == Kind.REMINDER else set(users) - {actor}
    return _write(kind, _who_hears(users, actor), actor, subject, listed=listed)


def tell_followers(*, kind: str, actor: int, subject: str) -> None:
    """Inside the caller's transaction: one row, whatever their number; a worker tells them after commit. `subject`
    names a card, whose deck knows whom it is no news to."""
    FanOut.objects.bulk_create([FanOut(kind=kind, actor_id=actor, subject=subject)], ignore_conflicts=True)
    soon("fan_out")


@transaction.atomic
def tell_batch() -> int | None:
    """The next followers of somebody; how many were told, None when there is nobody left to tell.

    Where it goes on is written in one transaction with whom it told: killed between two batches, nobody is told twice
    or left out. Workers take different people's; whose turn it is has told the fewest.
    """
    unfinished = FanOut.objects.filter(finished_at__isnull=True).order_by("told", "created_at")
    # SQLite has one writer at a time.
    work = unfinished.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked).first()
    if work is None:
        return None
    after = Follow.objects.filter(followed=work.actor_id, follower__gt=work.told_up_to).order_by("follower")
    followers = list(after.values_list("follower_id", flat=True)[:BATCH])
    told: tuple[int, ...] = ()
    if followers and (news_to := cards.news_to(work.subject, followers)) is not None:
        told = _write(work.kind, _who_hears(news_to, work.actor_id), work.actor_id, work.subject, listed=True)
        work.told_up_to = followers[-1]
        work.told += len(told)
    else:
        work.finished_at = timezone.now()
    work.save(update_fields=["told_up_to", "told", "finished_at"])
    return len(told)


def _write(kind: str, users: Collection[int], actor: int, subject: str, *, listed: bool) -> tuple[int, ...]:
    told_of = Notification.objects.filter(user__in=users, kind=kind, subject=subject)
    before = list(told_of.values_list("user_id", "actor_id"))
    new = sorted(set(users) - {user for user, by in before if by == actor})
    if not new:
        return ()
    rung = {user for user, _ in before} if kind in RUNG_ONCE else set()
    with_browser = set(PushSubscription.objects.filter(user__in=new).values_list("user_id", flat=True)) - rung
    otherwise = {own.user_id: own for own in Preference.objects.filter(user__in=new, kind=kind)}
    rows, now = [], timezone.now()
    for user in new:
        ways = otherwise.get(user, DEFAULTS[kind])
        row = Notification(user_id=user, kind=kind, actor_id=actor, subject=subject, created_at=now)
        row.listed = listed and ways.in_app
        row.pushed_at = None if ways.by_push and user in with_browser else now
        row.mailed_at = None if ways.by_mail and kind not in MAILED_AT_ONCE else now
        rows.append(row)
    # Another may tell the same right now: the quicker row stays.
    Notification.objects.bulk_create(rows, batch_size=ROWS, ignore_conflicts=True)
    if shown := tuple(row.user_id for row in rows if row.listed):
        publish(AccountsTold(accounts=shown))
    if any(row.pushed_at is None for row in rows):
        soon("push")
    return tuple(new)


def _who_hears(users: Collection[int], actor: int) -> set[int]:
    """Those of them who can be met, and have neither shut out this person nor been shut out. One query."""
    by = User(pk=actor)
    people = User.objects.open().filter(selectors.not_blocked(by), pk__in=users)
    return set(people.exclude(pk__in=Mute.objects.filter(muted=actor).values("muter")).values_list("pk", flat=True))


@transaction.atomic
def see(*, up_to: int, by: User) -> bool:
    """Whatever stood on their page, the latest of it with this key. Whether anything of it was new."""
    # The mail of the day takes up the same rows, in an order of its own.
    lock_people(by)
    unseen = Notification.objects.filter(user=by, listed=True, seen_at__isnull=True, pk__lte=up_to)
    if not unseen.update(seen_at=timezone.now()):
        return False
    publish(AccountsTold(accounts=(by.pk,)))
    return True


def forget(*, before: datetime) -> int:
    """What was told before then; returns how many rows went."""
    FanOut.objects.filter(finished_at__lt=before).delete()
    # By key: the oldest come first, and no index knows them by their time.
    old = Notification.objects.filter(created_at__lt=before).order_by("pk")
    return little_by_little(partial(delete_some, old))


@transaction.atomic
def wish(*, kind: str, way: str, on: bool, by: User) -> None:
    """How this person wants to be told of a kind: `way` is a field of telling.Ways. Counts for news from now on."""
    lock_people(by)
    ways = selectors.ways(by)[kind]._replace(**{way: on})
    if ways == DEFAULTS[kind]:
        Preference.objects.filter(user=by, kind=kind).delete()
    else:
        Preference.objects.update_or_create(user=by, kind=kind, defaults=ways._asdict())
