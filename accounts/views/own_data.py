"""One's own data: copies of it, and the end of one's account."""

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.core.files.storage import storages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator

from accounts import links, rules, selectors
from accounts.models import AccountExport
from accounts.services import closing, copies
from accounts.streaming import download
from accounts.views.scope import MyView


class OwnData(MyView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "accounts/own_data.html", _copies_context(self.me))


class Closing(MyView):
    """The end of one's account: POST asks for it, and until it comes there is one page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.me.closing_at is None:
            return redirect("own_data")
        context = {"too_late": self.me.closing_at <= timezone.now()}
        return render(request, "accounts/closing.html", context | _copies_context(self.me))

    @method_decorator(reauthentication_required)
    def post(self, request: HttpRequest) -> HttpResponse:
        closing.close(by=self.me, session=request.session.session_key)
        return redirect("closing")


class Keeping(MyView):
    """POST: it goes on."""

    def post(self, request: HttpRequest) -> HttpResponse:
        closing.keep(by=self.me)
        messages.success(request, "Your account is yours again, with everything in it. What was called off stays so.")
        return redirect("home")


class Copies(MyView):
    """GET is what the page asks for again and again while one is made."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "accounts/_copies.html", _copies_context(self.me) | {"oob": True})

    @method_decorator(reauthentication_required)
    def post(self, request: HttpRequest) -> HttpResponse:
        copies.ask(by=self.me)
        return redirect("closing" if self.me.closing_at else "own_data")


class CopyLink(MyView):
    def post(self, request: HttpRequest, pk) -> HttpResponse:
        copy = self._copy(pk)
        rules.may_read_copy(copy, now=timezone.now())
        address = reverse("export_file", args=[copy.pk, links.token(copy, timezone.now())])
        return render(request, "accounts/_copy_link.html", {"copy": copy, "address": address})

    def _copy(self, pk) -> AccountExport:
        if (copy := selectors.copy_of(self.me, pk)) is None:
            raise Http404
        return copy


class CopyFile(CopyLink):
    http_method_names = ["get"]

    def get(self, request: HttpRequest, pk, token: str) -> HttpResponse:
        copy, now = self._copy(pk), timezone.now()
        if not links.opens(token, copy, now):
            raise Http404
        rules.may_read_copy(copy, now=now)
        name = f"openfloor-{self.me.handle}-{copy.ready_at:%Y-%m-%d}.zip"
        return download(storages["private"].open(copy.file), name=name, size=copy.size)


def _copies_context(user) -> dict:
    found = selectors.copies_of(user)
    now = timezone.now()
    return {
        "copies": found,
        "now": now,
        "under_way": any(copy.state in selectors.UNDER_WAY for copy in found),
        "closing_days": settings.ACCOUNT_CLOSING_DAYS,
        "kept_days": settings.COPY_KEPT_DAYS,
        "held_days": settings.HANDLE_HELD_DAYS,
    }
