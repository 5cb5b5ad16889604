"""The mails of rooms: those that are due go out once each, and a mail server that is slow or away harms nobody else."""

import logging
import smtplib
import time
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import Kind as NewsKind
from accounts.postage import UNKNOWN, in_short, is_for_good, is_goodbye, is_ours
from accounts.selectors import ways
from rooms import selectors
from rooms.models import Notice
from rooms.services import reminders

log = logging.getLogger(__name__)

# No round begins another mail after so long; a mail itself may take a few times EMAIL_TIMEOUT.
ROUND_SECONDS = 60
# A mail that the server would not take now is offered again after so long.
AGAIN_AFTER = timedelta(minutes=2)


def send_due() -> int:
    """One round; returns how many were sent. Safe to run by many at once: each mail is claimed before it is sent."""
    due = selectors.to_mail(timezone.now())
    if not due.exists():
        return 0
    over, sent = time.monotonic() + ROUND_SECONDS, 0
    try:
        with get_connection() as connection:
            for notice in due.iterator():
                if time.monotonic() > over:
                    break
                sent += _sent(notice, connection)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("the mail server does not answer, the next round tries again: %s", in_short(error))
    return sent


def _sent(notice: Notice, connection) -> bool:
    """Raises what makes the connection useless. A mail that may have arrived is not sent again: twice is worse."""
    if cache.get(_refused_key(notice), timezone.now()) > timezone.now() or not reminders.claim_mail(notice):
        return False
    try:
        send_notice(notice, connection)
    except UNKNOWN:
        log.warning("nobody knows whether the mail of notice %s has arrived", notice.pk)
        raise
    except Exception as error:
        log.warning("the mail of notice %s could not be sent: %s", notice.pk, in_short(error), exc_info=is_ours(error))
        if not is_for_good(error):
            cache.set(_refused_key(notice), timezone.now() + AGAIN_AFTER, timeout=AGAIN_AFTER.total_seconds())
            reminders.release_mail(notice)
        if is_goodbye(error):
            raise
        return False
    return True


def _refused_key(notice: Notice) -> str:
    """When the server may be asked again."""
    return f"mail-refused:{notice.pk}"


def send_notice(notice: Notice, connection=None) -> None:
    """Raises what the mail backend raises. What is no news any more is not sent."""
    if not is_news(notice):
        return
    space, user = notice.space, notice.user
    context = {"space": space, "user": user, "hosts": space.host_id == user.pk, "site": settings.SITE_URL}
    context["address"] = settings.SITE_URL + space.get_absolute_url()
    subject = render_to_string(f"rooms/email/{notice.kind}_subject.txt", context)
    body = render_to_string(f"rooms/email/{notice.kind}_message.txt", context)
    # RFC 3834, 5: nobody's holiday answers this.
    headers = {"Auto-Submitted": "auto-generated"}
    EmailMessage(" ".join(subject.split()), body, to=[user.email], headers=headers, connection=connection).send()


def is_news(notice: Notice) -> bool:
    """Mail that could not be sent for a while may be overtaken by what happened; closed accounts get none, nor
    does whoever wants no reminders by mail. One query."""
    space = notice.space
    if not notice.user.is_open or not ways(notice.user)[NewsKind.REMINDER].by_mail:
        return False
    if notice.kind in (Notice.Kind.SOON, Notice.Kind.MOVED):
        return space.is_scheduled
    return notice.kind != Notice.Kind.START or not space.is_over
