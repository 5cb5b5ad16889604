"""A planned Space: going on air with it, and being reminded of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rooms import identity, rules, selectors
from rooms.refusals import refuse_if
from rooms.services import reminders, schedule
from rooms.views.scope import SpaceView, see_other


class Airing(SpaceView):
    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Answers with the Space's page as it then is, dock and all."""
        space = self.space()
        rules.may_keep_calendar(space, is_host=space.host_id == request.user.pk)
        person, cookie = identity.on_this_device(self.person)
        response = see_other(schedule.go_live(space=space, by=request.user, device=person.device))
        identity.remember_device(response, cookie)
        return response


class Reminding(SpaceView):
    """Whether one is told when it starts: POST asks for it, DELETE no longer."""

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        space = self.space()
        refuse_if(not request.user.is_authenticated, "account_needed")
        reminders.ask(space=space, link=selectors.held_link(space, self.person), by=request.user)
        return self._button(space, reminded=True)

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Also of a Space that lets one in no more, with the 404 of one that never was."""
        if request.user.is_authenticated and (asked := selectors.reminder(slug, request.user)):
            reminders.drop(space=asked.space, by=request.user)
        space = self.space()
        refuse_if(not request.user.is_authenticated, "account_needed")
        return self._button(space, reminded=False)

    def _button(self, space, *, reminded: bool) -> HttpResponse:
        return render(self.request, "rooms/_reminder.html", {"space": space, "reminded": reminded, "oob": True})
