"""What people were told, and how they want to be told."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import selectors
from accounts.models import Kind
from accounts.services import notifications
from accounts.telling import SHOWN_ANYWAY, Ways
from accounts.views.scope import MyView
from accounts.webpush import public_key


class Notifications(MyView):
    def get(self, request: HttpRequest) -> HttpResponse:
        news = selectors.news(self.me)
        context = {"news": news, "up_to": selectors.latest(news)}
        context["new"] = any(not group.seen for group in news)
        return render(request, "accounts/notifications.html", context)


class Seen(MyView):
    def put(self, request: HttpRequest, up_to: int) -> HttpResponse:
        """The bell, which counts them no more."""
        notifications.see(up_to=up_to, by=self.me)
        return render(request, "rooms/_bell.html", {"oob": True})


class Settings(MyView):
    def get(self, request: HttpRequest) -> HttpResponse:
        ways = selectors.ways(self.me)
        kinds = [_switches(Kind(kind), ways[kind]) for kind in Kind]
        return render(request, "accounts/notification_settings.html", {"kinds": kinds, "push_key": public_key()})


class Wish(MyView):
    """Of being told of one kind in one way: there, or not."""

    def put(self, request: HttpRequest, kind: str, way: str) -> HttpResponse:
        return self._wish(request, kind, way, on=True)

    def delete(self, request: HttpRequest, kind: str, way: str) -> HttpResponse:
        return self._wish(request, kind, way, on=False)

    def _wish(self, request: HttpRequest, kind: str, way: str, *, on: bool) -> HttpResponse:
        if kind not in Kind or way not in Ways._fields:
            raise Http404
        notifications.wish(kind=kind, way=way, on=on, by=self.me)
        return render(request, "accounts/_wish.html", {"kind": Kind(kind), "way": way, "on": on})


def _switches(kind: Kind, ways: Ways) -> dict:
    """One row of the table; `on` is None where there is nothing to switch."""
    switches = ways._asdict() | ({"in_app": None} if kind in SHOWN_ANYWAY else {})
    return {"kind": kind, "switches": switches}
