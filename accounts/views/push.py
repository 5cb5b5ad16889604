"""Push in this browser: on, off, one to try it, and the script that receives it."""

from functools import cache

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_safe

from accounts.limits import spent
from accounts.models import PushSubscription
from accounts.rules import refuse_if
from accounts.services import push
from accounts.soon import soon
from accounts.views.scope import MyView

TESTS_A_MINUTE = 5


class SubscriptionForm(forms.ModelForm):
    """What a browser says of itself; the lengths are those of the columns."""

    class Meta:
        model = PushSubscription
        fields = ["endpoint", "p256dh", "auth"]


class Push(MyView):
    def put(self, request: HttpRequest) -> HttpResponse:
        push.subscribe(
            **self._said(request),
            session_key=request.session.session_key,
            browser=request.headers.get("User-Agent", "")[:100],
            by=self.me,
        )
        return HttpResponse(status=204)

    def delete(self, request: HttpRequest) -> HttpResponse:
        push.unsubscribe(endpoint=QueryDict(request.body).get("endpoint", ""), by=self.me)
        return HttpResponse(status=204)

    def post(self, request: HttpRequest) -> HttpResponse:
        """One to try it."""
        refuse_if(spent(f"push-test:{self.me.pk}", times=TESTS_A_MINUTE, seconds=60), "too_often")
        own = self.me.push_subscriptions.filter(endpoint_hash=push.hash_of(request.POST.get("endpoint", ""))).first()
        refuse_if(own is None, "push_off")
        soon("push_test", subscription=own.pk)
        return HttpResponse(status=202)

    def _said(self, request: HttpRequest) -> dict[str, str]:
        form = SubscriptionForm(QueryDict(request.body))
        refuse_if(not form.is_valid(), "push_keys")
        return form.cleaned_data


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """At the root, because a service worker serves the addresses below its own."""
    return HttpResponse(_script(), content_type="text/javascript", headers={"Cache-Control": "no-cache"})


@cache
def _script() -> bytes:
    return (settings.BASE_DIR / "static/js/push-worker.js").read_bytes()
