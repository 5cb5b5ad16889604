"""Blocking and muting people, and the page of those one has."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import selectors
from accounts.limits import spent
from accounts.models import User
from accounts.rules import refuse_if
from accounts.services import blocks
from accounts.views.scope import MyView, see_other, somebody


class Blocking(MyView):
    """Whether one blocks a person: PUT begins, DELETE ends it."""

    def put(self, request: HttpRequest, handle: str) -> HttpResponse:
        return _changed(request, blocks.block, handle, "You blocked {}.")

    def delete(self, request: HttpRequest, handle: str) -> HttpResponse:
        return _changed(request, blocks.unblock, handle, "You unblocked {}.")


class PersonMuting(MyView):
    """Whether one hears news of a person; nothing to do with microphones. PUT mutes, DELETE ends it."""

    def put(self, request: HttpRequest, handle: str) -> HttpResponse:
        return _changed(request, blocks.mute, handle, "You muted {}. They are not told.")

    def delete(self, request: HttpRequest, handle: str) -> HttpResponse:
        return _changed(request, blocks.unmute, handle, "You hear of {} again.")


class ShutOut(MyView):
    def get(self, request: HttpRequest) -> HttpResponse:
        context = {"blocked": selectors.blocked_people(self.me), "muted": selectors.muted_people(self.me)}
        return render(request, "accounts/shut_out.html", context)


def _changed(request: HttpRequest, change, handle: str, said: str) -> HttpResponse:
    """The page it was pressed on, as it is now."""
    person, me = somebody(handle), request.user
    refuse_if(spent(f"block:{me.pk}", times=30, seconds=60), "too_often")
    if change(person=person, by=me):
        messages.success(request, said.format(person.display_name))
    return see_other(_asked_on(request, person))


def _asked_on(request: HttpRequest, person: User) -> str:
    return request.htmx.current_url_abs_path or person.get_absolute_url()
