"""The link at the end of the mail of the day: by a press here, or by the reader's mail program alone (RFC 8058)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from accounts.services import digests


@method_decorator(csrf_exempt, name="dispatch")
class Unsubscribing(View):
    """Open to everybody with the link: whoever forwards the mail can at worst have it stopped. A look changes nothing,
    because programs look at links too."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._page(request, token, done=False)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        digests.unsubscribe(user=self._holder(token))
        return self._page(request, token, done=True)

    def _page(self, request: HttpRequest, token: str, *, done: bool) -> HttpResponse:
        context = {"holder": self._holder(token), "token": token, "done": done}
        return render(request, "accounts/unsubscribing.html", context)

    def _holder(self, token: str):
        if (holder := digests.holder(token)) is None:
            raise Http404("This link was not made here, or its account is gone.")
        return holder
