"""Telling people of what others did: once each, the ways they like. Called by services of this app and of others.

The unique row of a Notification is the once, whatever is retried or runs twice. What is wanted by push or mail waits in
that row until its task claims it.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.events import AccountsTold
from accounts.models import Block, Mute, Notification, Preference, PushSubscription, User
from accounts.publish import publish
from accounts.soon import soon
from accounts.telling import DEFAULTS, MAILED_AT_ONCE, RUNG_ONCE

BATCH = 500


@transaction.atomic
def tell(*, kind: str, users: Iterable[int], actor: int, subject: str = "", listed: bool = True) -> tuple[int, ...]:
    """Tells these accounts (keys) that `actor` (a key) did this; who was not told before. A repeat writes nothing.

    Nobody is told of themselves, nor of whom they muted or are blocked with. `listed` is False for what is shown
    elsewhere already; it is pushed and mailed all the same.
    """
    users = _who_hears(set(users) - {actor}, actor)
    told_of = Notification.objects.filter(user__in=users, kind=kind, subject=subject)
    before = list(told_of.values_list("user_id", "actor_id"))
    new = sorted(users - {user for user, by in before if by == actor})
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
    Notification.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    if shown := tuple(row.user_id for row in rows if row.listed):
        publish(AccountsTold(accounts=shown))
    if any(row.pushed_at is None for row in rows):
        soon("push")
    return tuple(new)


def _who_hears(users: set[int], actor: int) -> set[int]:
    """Those of them who can be met, and have shut out neither this person nor been shut out. One query."""
    people = (
        User.objects.open()
        .filter(pk__in=users)
        .exclude(
            Exists(Mute.objects.filter(muter=OuterRef("pk"), muted=actor))
            | Exists(Block.objects.filter(blocker=OuterRef("pk"), blocked=actor))
            | Exists(Block.objects.filter(blocker=actor, blocked=OuterRef("pk")))
        )
    )
    return set(people.values_list("pk", flat=True))
