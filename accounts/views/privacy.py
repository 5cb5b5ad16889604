"""The settings about who sees what, and the answers to those who ask to follow. Each switch is an address: PUT turns it
on, DELETE off, and the page follows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts import fragments, selectors
from accounts.models import User
from accounts.services import privacy, requests
from accounts.views.scope import MyView, see_other, somebody


class Privacy(MyView):
    def get(self, request: HttpRequest) -> HttpResponse:
        followed_only = self.me.messages_from == User.MessagesFrom.FOLLOWED
        context = {"waiting": selectors.follow_request_count(self.me), "followed_only": followed_only}
        return render(request, "accounts/privacy.html", context)


class Protection(MyView):
    def put(self, request: HttpRequest) -> HttpResponse:
        privacy.protect(by=self.me)
        return see_other(reverse("privacy"))

    def delete(self, request: HttpRequest) -> HttpResponse:
        privacy.open_up(by=self.me)
        return see_other(reverse("privacy"))


class Listening(MyView):
    def put(self, request: HttpRequest) -> HttpResponse:
        privacy.show_listening(shown=True, by=self.me)
        return see_other(reverse("privacy"))

    def delete(self, request: HttpRequest) -> HttpResponse:
        privacy.show_listening(shown=False, by=self.me)
        return see_other(reverse("privacy"))


class MessagesFrom(MyView):
    """On: from people one follows alone."""

    def put(self, request: HttpRequest) -> HttpResponse:
        privacy.take_messages(source=User.MessagesFrom.FOLLOWED, by=self.me)
        return see_other(reverse("privacy"))

    def delete(self, request: HttpRequest) -> HttpResponse:
        privacy.take_messages(source=User.MessagesFrom.EVERYONE, by=self.me)
        return see_other(reverse("privacy"))


class FollowRequests(MyView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "accounts/follow_requests.html", fragments.requests_context(self.me))


class FollowRequest(MyView):
    """What that person asks: POST says yes, DELETE no. The answer shows who still waits."""

    def post(self, request: HttpRequest, handle: str) -> HttpResponse:
        requests.accept(person=somebody(handle), by=self.me)
        return HttpResponse(fragments.for_account(self.me))

    def delete(self, request: HttpRequest, handle: str) -> HttpResponse:
        requests.decline(person=somebody(handle), by=self.me)
        return HttpResponse(fragments.for_account(self.me))
