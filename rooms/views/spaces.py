"""Home, starting a Space, its page, its public facts, its end."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from rooms import fragments, selectors
from rooms.forms import SpaceForm
from rooms.limits import limit
from rooms.refusals import Refused
from rooms.services import spaces
from rooms.views.scope import SpaceView, see_other


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "rooms/home.html", {"spaces": selectors.live_spaces()})


@login_required
def new(request: HttpRequest) -> HttpResponse:
    return render(request, "rooms/space_new.html", {"form": SpaceForm()})


class Spaces(LoginRequiredMixin, SpaceView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("home")

    def post(self, request: HttpRequest) -> HttpResponse:
        limit(f"start:{request.user.pk}", times=10, seconds=600)
        form = SpaceForm(request.POST)
        if not form.is_valid():
            return render(request, "rooms/space_new.html", {"form": form}, status=422)
        try:
            return redirect(spaces.start(**form.cleaned_data, by=request.user))
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
            live = selectors.hosted_live_space(request.user)
            return render(request, "rooms/space_new.html", {"form": form, "live": live}, status=refusal.status)


class SpacePage(SpaceView):
    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        return space_page(request, self.space(), selectors.participation(self.person, slug))

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        spaces.end(space=me.space, by=me)
        return see_other(me.space)


def space_page(request: HttpRequest, space, stay) -> HttpResponse:
    """`stay` is the visitor's participation, or None."""
    room = selectors.room(space.pk)
    inside = stay is not None and stay.is_present and room.space.is_live
    context = fragments.room_context(room) | {
        "participant": stay if inside else None,
        "removed": stay is not None and stay.removed_at is not None,
    }
    if inside:
        context |= fragments.manage_context(room, leads=stay.leads)
    return render(request, "rooms/space.html", context)


class SpaceFacts(SpaceView):
    """Public facts for cards and monitors. `stage` names who has a seat; listeners are a number."""

    def get(self, request: HttpRequest, slug: str) -> JsonResponse:
        room = selectors.room(self.space().pk)
        space = room.space
        return JsonResponse(
            {
                "title": space.title,
                "state": space.state,
                "url": request.build_absolute_uri(space.get_absolute_url()),
                "host": {"handle": space.host.handle, "name": space.host.display_name},
                "started_at": space.started_at,
                "ended_at": space.ended_at,
                "listener_count": room.listener_count,
                "stage": [
                    {
                        "handle": seat.participant.user.handle,
                        "name": seat.participant.name,
                        "role": seat.participant.role,
                        "muted": seat.muted,
                    }
                    for seat in room.seats
                    if seat.participant.is_present
                ],
            },
            headers={"Cache-Control": "public, max-age=2"},
        )
