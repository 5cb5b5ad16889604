"""Who else is inside, found by name. For people who are inside themselves."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.validators import clean_line
from rooms import selectors
from rooms.limits import limit
from rooms.rules import may_listen
from rooms.views.scope import SpaceView

NAME_MAX = 50


class People(SpaceView):
    """`q` is part of a name or handle; without it nobody is found."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        may_listen(me.space, me)
        limit(f"find:{me.pk}", times=120, seconds=60)
        name = clean_line(request.GET.get("q", "")[:NAME_MAX]).lstrip("@")
        found = selectors.found_listeners(me.space, name) if name else []
        context = {"space": me.space, "name": name, "found": found, "most": selectors.FOUND_SHOWN, "oob": True}
        return render(request, "rooms/_found.html", context)
