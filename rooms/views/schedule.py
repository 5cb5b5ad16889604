"""A planned Space: going on air with it, and being reminded of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rooms import identity, rules
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
        return self._change(reminders.ask, reminded=True)

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        return self._change(reminders.drop, reminded=False)

    def _change(self, change, *, reminded: bool) -> HttpResponse:
        space = self.space()
        refuse_if(not self.request.user.is_authenticated, "account_needed")
        change(space=space, by=self.request.user)
        return render(self.request, "rooms/_reminder.html", {"space": space, "reminded": reminded, "oob": True})
