"""A message somebody reports, as a mail to whoever runs this server: who, whom, when, the words, and what is wrong."""

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.limits import spent
from accounts.models import Letter, Message, User
from accounts.rules import refuse_if
from accounts.views.messages import ConversationView

# Of one message one report; of one person so many a day.
ONCE_SECONDS, A_DAY, DAY = 30 * 24 * 3600, 20, 24 * 3600


class ReportForm(forms.Form):
    reason = forms.CharField(
        label="What is wrong with it?",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say in a few words what is wrong with it."},
    )


class MessageReport(ConversationView):
    def received(self) -> Message:
        message = self.message()
        refuse_if(message.sender_id == self.me.pk, "report_oneself")
        return message

    def get(self, request: HttpRequest, conversation, pk: int) -> HttpResponse:
        return self.page(self.received(), ReportForm())

    def post(self, request: HttpRequest, conversation, pk: int) -> HttpResponse:
        message, form = self.received(), ReportForm(request.POST)
        if not form.is_valid():
            return self.page(message, form, status=422)
        refuse_if(spent(f"reports:{self.me.pk}", times=A_DAY, seconds=DAY), "too_often")
        refuse_if(spent(f"report:{self.me.pk}:{message.pk}", times=1, seconds=ONCE_SECONDS), "reported_already")
        _write(message, by=self.me, reason=form.cleaned_data["reason"])
        return self.page(message, None)

    def page(self, message: Message, form: ReportForm | None, status: int = 200) -> HttpResponse:
        """Without a form: it was sent, and what happens next."""
        context = {"message": message, "person": message.sender, "form": form}
        return render(self.request, "accounts/message_report.html", context, status=status)


@transaction.atomic
def _write(message: Message, *, by: User, reason: str) -> None:
    text = render_to_string("accounts/email/message_report.txt", {"message": message, "by": by, "reason": reason})
    now = timezone.now()
    subject = f"@{by.handle} reports a message of @{message.sender.handle}"
    Letter.objects.create(address=settings.ABUSE_EMAIL, subject=subject, text=text, created_at=now, due_at=now)
