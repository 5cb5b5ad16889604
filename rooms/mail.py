"""The mails of rooms. Called by tasks, after the mail was claimed."""

from django.core.mail import send_mail
from django.template.loader import render_to_string

from rooms.models import Notice


def send_notice(notice: Notice) -> None:
    """Raises what the mail backend raises."""
    context = {"notice": notice, "space": notice.space, "user": notice.user}
    subject = render_to_string(f"rooms/email/{notice.kind}_subject.txt", context)
    body = render_to_string(f"rooms/email/{notice.kind}_message.txt", context)
    send_mail(" ".join(subject.split()), body, None, [notice.user.email])
