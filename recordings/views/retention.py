"""The page that says until when what was kept of a Space is kept, why, and what became of it."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from recordings import selectors
from recordings.selectors.pages import own_voice
from rooms.views.scope import SpaceView


class Retention(SpaceView):
    """For everybody who may know of the Space, once it has begun."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        space = self.told_space()
        if space.started_at is None:
            raise Http404
        context = {
            "space": space,
            "fate": selectors.fate(space, self.person, timezone.now()),
            "spoke": own_voice(space, self.person),
            "days": settings.RETENTION_DAYS,
            "violation_days": settings.RETENTION_VIOLATION_DAYS,
        }
        if (me := self.person.user) is not None:
            hosts = space.host_id == me.pk
            context |= {"hosts": hosts, "takes_along": hosts or selectors.spoke(space, me)}
        return render(request, "recordings/retention.html", context)
