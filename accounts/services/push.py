"""The browsers people are told in by push, and the claim of what is sent to them. Called by views and accounts.push."""

import hashlib
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import rules, webpush
from accounts.models import Notification, PushSubscription, User
from accounts.selectors.notifications import met
from accounts.services.locking import lock_people
from accounts.telling import RUNG_ONCE

_sessions = import_module(settings.SESSION_ENGINE)


@transaction.atomic
def subscribe(*, endpoint: str, p256dh: str, auth: str, session_key: str, browser: str, by: User) -> PushSubscription:
    """This browser, for as long as this session lasts; it may have been somebody else's before. Of too many the oldest
    goes."""
    rules.may_subscribe(known=webpush.host_of(endpoint) is not None, keys_fit=webpush.keys_fit(p256dh, auth))
    lock_people(by)
    keys = {"endpoint": endpoint, "p256dh": p256dh, "auth": auth}
    subscription, _ = PushSubscription.objects.update_or_create(
        endpoint_hash=hash_of(endpoint), defaults={"user": by, "session_key": session_key, "browser": browser, **keys}
    )
    others = by.push_subscriptions.exclude(pk=subscription.pk).order_by("-created_at", "-pk")
    PushSubscription.objects.filter(
        pk__in=list(others.values_list("pk", flat=True)[settings.BROWSERS_MAX - 1 :])
    ).delete()
    return subscription


@transaction.atomic
def unsubscribe(*, endpoint: str, by: User) -> None:
    by.push_subscriptions.filter(endpoint_hash=hash_of(endpoint)).delete()


def move_session(*, before: str, after: str) -> None:
    """Another password gives a browser another key, and it is the same browser."""
    PushSubscription.objects.filter(session_key=before).update(session_key=after)


def forget_session(*, session_key: str) -> None:
    """Whoever signs out of a browser is told nothing there any more."""
    PushSubscription.objects.filter(session_key=session_key).delete()


def forget_subscription(*, subscription: PushSubscription) -> None:
    """The push service knows it no more."""
    PushSubscription.objects.filter(pk=subscription.pk).delete()


@transaction.atomic
def claim(*, notification: Notification) -> Notification | None:
    """What to push, if this caller and nobody else is to do it, and it still is news to its person. What rings once of
    a subject is claimed together."""
    mine = Notification.objects.filter(user=notification.user_id, kind=notification.kind, subject=notification.subject)
    mine = mine if notification.kind in RUNG_ONCE else mine.filter(pk=notification.pk)
    if not mine.filter(pushed_at__isnull=True).update(pushed_at=timezone.now()):
        return None
    return met(Notification.objects.filter(pk=notification.pk, seen_at__isnull=True), notification.user).first()


def release(*, notification: Notification) -> None:
    """A push service would not take it now: a later round tries again."""
    Notification.objects.filter(pk=notification.pk).update(pushed_at=None)


def browsers_of(user: User) -> list[PushSubscription]:
    """Those whose session still is this person's; the others go. One query, and one for each of them."""
    kept = []
    for subscription in user.push_subscriptions.all():
        if _is_signed_in(subscription, user):
            kept.append(subscription)
        else:
            forget_subscription(subscription=subscription)
    return kept


def hash_of(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()


def _is_signed_in(subscription: PushSubscription, user: User) -> bool:
    session = _sessions.SessionStore(subscription.session_key)
    if session.get(SESSION_KEY) != str(user.pk) or BACKEND_SESSION_KEY not in session:
        return False
    return constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
