"""Mails about an account itself: written with what they tell of, and sent once each when the mail server takes them."""

import logging
import smtplib
import time
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import Truncator

from accounts.models import Letter, User
from accounts.postage import UNKNOWN, in_short, is_for_good, is_goodbye, is_ours

log = logging.getLogger(__name__)

# Mail that could not be sent by then has lost its point, and holds an address nobody needs any more.
KEPT = timedelta(days=2)
# Characters; a name in it may be long, and a line of a mail must not be.
SUBJECT_MAX = 150
# No round begins another mail after so long, or takes up more.
ROUND_SECONDS, TOGETHER = 60, 500
AGAIN_AFTER = timedelta(minutes=2)
# Whoever claimed it has had all the time a mail takes.
CLAIM_HOLDS = timedelta(minutes=10)


def write(template: str, user: User, *, headers: dict[str, str] | None = None, **context) -> None:
    """Puts a letter to this person's address with what the transaction writes. `template` names two files under
    templates/accounts/email."""
    context |= {"user": user, "site": settings.SITE_URL}
    subject = render_to_string(f"accounts/email/{template}_subject.txt", context)
    text = render_to_string(f"accounts/email/{template}_message.txt", context)
    now = timezone.now()
    subject = Truncator(" ".join(subject.split())).chars(SUBJECT_MAX)
    words = {"address": user.email, "subject": subject, "text": text, "headers": headers or {}}
    Letter.objects.create(**words, created_at=now, due_at=now)


def forget(user: User) -> None:
    """What was to be told to this person is no news any more."""
    Letter.objects.filter(address=user.email).delete()


def send_due() -> int:
    """One round; returns how many were sent. Safe to run by many at once: each letter is claimed before it is sent."""
    now = timezone.now()
    Letter.objects.filter(created_at__lte=now - KEPT).delete()
    Letter.objects.filter(claimed_at__lte=now - CLAIM_HOLDS).delete()
    due = list(Letter.objects.filter(due_at__lte=now, claimed_at__isnull=True).order_by("created_at")[:TOGETHER])
    if not due:
        return 0
    over, sent = time.monotonic() + ROUND_SECONDS, 0
    try:
        with get_connection() as connection:
            for letter in due:
                sent += _sent(letter, connection)
                if time.monotonic() > over:
                    break
    except (OSError, smtplib.SMTPException) as error:
        log.warning("the mail server does not answer, the next round tries again: %s", in_short(error))
    return sent


def _sent(letter: Letter, connection) -> bool:
    """Raises what makes the connection useless."""
    if not Letter.objects.filter(pk=letter.pk, claimed_at__isnull=True).update(claimed_at=timezone.now()):
        return False
    # RFC 3834, 5: nobody's holiday answers this.
    headers = letter.headers | {"Auto-Submitted": "auto-generated"}
    mail = EmailMessage(letter.subject, letter.text, to=[letter.address], headers=headers, connection=connection)
    try:
        mail.send()
    except UNKNOWN:
        letter.delete()
        raise
    except Exception as error:
        log.warning("letter %s could not be sent: %s", letter.pk, in_short(error), exc_info=is_ours(error))
        if is_for_good(error):
            letter.delete()
            return False
        Letter.objects.filter(pk=letter.pk).update(claimed_at=None, due_at=timezone.now() + AGAIN_AFTER)
        if is_goodbye(error):
            raise
        return False
    letter.delete()
    return True
