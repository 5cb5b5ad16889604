"""Invite links into private Spaces: made and revoked by those who lead, opened by whoever holds one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from rooms import doors, identity, selectors
from rooms.limits import address, limit
from rooms.services import links
from rooms.views.asking import AskingView
from rooms.views.scope import SpaceView, see_other


class Links(AskingView):
    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """The address is in this answer and nowhere else."""
        space = self.asking()
        limit(f"links:{request.user.pk}", times=30, seconds=60)
        link, token = links.make(space=space, by=request.user)
        address = request.build_absolute_uri(reverse("join", args=[token]))
        new = {"address": address, "link": link}
        if request.htmx:
            context = {"space": space, "new": new, "oob": True}
            response = HttpResponse(self.lists() + render_to_string("rooms/_new_link.html", context))
        else:
            response = self.page(space, new=new)
        response["Cache-Control"] = "no-store"
        return response


class Link(AskingView):
    def delete(self, request: HttpRequest, slug: str, pk) -> HttpResponse:
        space = self.space()
        if (link := selectors.invite_link(space, pk)) is None:
            raise Http404
        links.revoke(link=link, by=request.user)
        return HttpResponse(self.lists() + render_to_string("rooms/_revoked_link.html", {"link": link}))


class Join(SpaceView):
    """The address that was passed on. Whatever does not open looks like a Space that never was."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        limit(f"join:{address(request)}", times=60, seconds=60)
        link = selectors.link(links.digest(token))
        if link is None or not doors.opens(link, now=timezone.now()):
            raise Http404
        identity.remember_link(request.session, link)
        response = see_other(link.space)
        response["Cache-Control"] = "no-store"
        return response
