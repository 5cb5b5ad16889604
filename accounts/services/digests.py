"""The mail of the day: what somebody has not seen, of the kinds they want by mail, at most once in DIGEST_HOURS.

Written and claimed in one transaction; the letter is then sent as every other of accounts. Called by tasks and views.
"""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts import letters, selectors
from accounts.models import Notification, Preference, User
from accounts.services.locking import lock_people
from accounts.telling import MAILED_AT_ONCE

# Whoever looks in within this needs no mail; and what is older than this is no news.
PATIENCE, LATEST = timedelta(hours=1), timedelta(days=3)
SHOWN, PEOPLE = 20, 500
SALT = "accounts.unsubscribe"


def write_due() -> int:
    """Returns how many mails were written."""
    return sum(write(user=user) for user in _due().order_by("pk")[:PEOPLE])


@transaction.atomic
def write(*, user: User) -> bool:
    """Whether there is one; everything that was due is claimed by it, or has found its way without."""
    lock_people(user)
    if not _due().filter(pk=user.pk).exists():
        return False
    waiting = _waiting(user.pk)
    news = selectors.told_together(selectors.met(waiting, user).order_by("-created_at", "-pk")[:SHOWN], user)
    # Where nothing is left to say nobody was mailed.
    waiting.update(mailed_at=timezone.now() if news else F("created_at"))
    if news:
        address = settings.SITE_URL + reverse("unsubscribe", args=[token(user)])
        letters.write("digest", user, headers=_one_click(address), news=news, unsubscribe=address)
    return bool(news)


@transaction.atomic
def unsubscribe(*, user: User) -> None:
    """No more mails of the day; those that are sent at once are asked for one by one."""
    lock_people(user)
    for kind, ways in selectors.ways(user).items():
        if ways.by_mail and kind not in MAILED_AT_ONCE:
            wanted = ways._replace(by_mail=False)
            Preference.objects.update_or_create(user=user, kind=kind, defaults=wanted._asdict())
    Notification.objects.filter(user=user, mailed_at__isnull=True).update(mailed_at=F("created_at"))


def token(user: User) -> str:
    """Opens nothing but this, and holds as long as the account does: mails are kept for years."""
    return signing.dumps(user.pk, salt=SALT)


def holder(token: str) -> User | None:
    """Whose token that is; None for whatever was not signed here, and for accounts that are gone."""
    try:
        return User.objects.filter(pk=signing.loads(token, salt=SALT), erased_at__isnull=True).first()
    except signing.BadSignature:
        return None


def _due() -> QuerySet[User]:
    """People for whom something waits to be mailed, and who were mailed nothing of it lately."""
    lately = timezone.now() - timedelta(hours=settings.DIGEST_HOURS)
    # What is not wanted by mail was claimed when it was told.
    mailed = Notification.objects.filter(user=OuterRef("pk"), mailed_at__gt=lately).exclude(mailed_at=F("created_at"))
    return User.objects.open().filter(Exists(_waiting(OuterRef("pk"))), ~Exists(mailed))


def _waiting(user) -> QuerySet[Notification]:
    now = timezone.now()
    unseen = Notification.objects.filter(user=user, mailed_at__isnull=True, seen_at__isnull=True)
    return unseen.filter(created_at__lt=now - PATIENCE, created_at__gt=now - LATEST)


def _one_click(address: str) -> dict[str, str]:
    """RFC 8058."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
