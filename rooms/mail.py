"""The mails of rooms. Called by tasks, after the mail was claimed."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from rooms.models import Notice


def send_notice(notice: Notice) -> None:
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
    EmailMessage(" ".join(subject.split()), body, to=[user.email], headers=headers).send()


def is_news(notice: Notice) -> bool:
    """Mail that could not be sent for a while may be overtaken by what happened; closed accounts get none."""
    space = notice.space
    if not notice.user.is_active:
        return False
    if notice.kind in (Notice.Kind.SOON, Notice.Kind.MOVED):
        return space.is_scheduled
    return notice.kind != Notice.Kind.START or not space.is_over
