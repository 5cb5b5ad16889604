"""Opening a Space, its page, its public facts, its end."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from rooms import fragments, identity, selectors
from rooms.forms import LATER, NOW, NewSpaceForm, full_hour
from rooms.languages import preferred
from rooms.limits import limit
from rooms.models import Space
from rooms.refusals import Refused
from rooms.services import schedule, spaces
from rooms.views.ending import ended_context
from rooms.views.scope import SpaceView, see_other


@require_safe
@login_required
def new(request: HttpRequest) -> HttpResponse:
    busy = selectors.hosted_live_space(request.user) is not None
    initial = {
        "title": f"{request.user.display_name}’s Space"[: settings.TITLE_MAX],
        "when": LATER if busy or request.GET.get("when") == LATER else NOW,
        "scheduled_for": full_hour(),
        "language": preferred(request.headers.get("Accept-Language", "")),
    }
    return new_page(request, NewSpaceForm(initial=initial))


class Spaces(LoginRequiredMixin, SpaceView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("home")

    def post(self, request: HttpRequest) -> HttpResponse:
        limit(f"start:{request.user.pk}", times=10, seconds=600)
        form = NewSpaceForm(request.POST)
        if not form.is_valid():
            return new_page(request, form, status=422)
        person, cookie = identity.on_this_device(self.person)
        try:
            response = redirect(opened(form.cleaned_data, by=person))
        except Refused as refusal:
            form.refuse(refusal)
            return new_page(request, form, status=refusal.status)
        identity.remember_device(response, cookie)
        return response


def opened(facts: dict, *, by: identity.Person) -> Space:
    """Live, or in the calendar."""
    if facts["scheduled_for"]:
        return schedule.plan(**facts, by=by.user)
    facts = {name: fact for name, fact in facts.items() if name != "scheduled_for"}
    return spaces.start(**facts, by=by.user, device=by.device)


def new_page(request: HttpRequest, form: NewSpaceForm, status: int = 200) -> HttpResponse:
    """The form, and what this person hosts already."""
    hosted = {"live": selectors.hosted_live_space(request.user), "scheduled": selectors.scheduled_space(request.user)}
    response = render(request, "rooms/space_new.html", {"form": form} | hosted, status=status)
    if form.is_bound:
        # Reloading then asks for the form, not for the address it was sent to.
        response["HX-Push-Url"] = "false"
    return response


class SpacePage(SpaceView):
    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        space, stay = self.space(), selectors.participation(self.person, slug)
        # After the end, what everybody may read of a listed one is theirs to read as well.
        shut = space.is_private or not space.is_over
        return space_page(request, space, stay, barred=selectors.barred(space, self.person, stay) if shut else "")

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Ends what is live, cancels what is planned."""
        space = self.space()
        if space.started_at is None:
            schedule.cancel(space=space, by=request.user)
            return see_other(space)
        me = self.me()
        spaces.end(space=me.space, by=me)
        return see_other(me.space)


def space_page(request: HttpRequest, space, stay, *, barred: str) -> HttpResponse:
    """`stay` is the visitor's participation, or None; `barred` says why this page is not for them, if it is not."""
    if barred:
        return render(request, "rooms/barred.html", {"space": space, "barred": barred})
    room = selectors.room(space.pk)
    inside = stay is not None and stay.is_present and room.space.is_live
    context = fragments.room_context(room) | {
        "participant": stay if inside else None,
        "stay": stay,
    }
    if room.space.is_live and request.user.is_authenticated and not inside:
        context["blocked_on_stage"] = selectors.blocked_on_stage(room.space, request.user)
    if room.space.is_scheduled:
        context |= planned_context(room.space, request.user)
    if room.space.state == Space.State.ENDED:
        context |= ended_context(room.space, request.user)
    if inside:
        context |= fragments.manage_context(room, role=stay.role)
    return render(request, "rooms/space.html", context)


def planned_context(space: Space, user) -> dict:
    return {
        "reminded": user.is_authenticated and selectors.reminded(space, user),
        "early": timezone.now() < space.scheduled_for,
        "expires_at": space.scheduled_for + timedelta(seconds=settings.SCHEDULE_EXPIRES_SECONDS),
    }


class SpaceFacts(SpaceView):
    """Public facts for cards and monitors. `stage` names who has a seat; listeners are a number. Those of a private
    Space are for the people it lets in, and for no cache on the way to them."""

    def get(self, request: HttpRequest, slug: str) -> JsonResponse:
        room = selectors.room(self.told_space().pk)
        space = room.space
        return JsonResponse(
            {
                "title": space.title,
                "description": space.description,
                "topics": [topic.name for topic in space.topics.all()],
                "language": space.language,
                "state": space.state,
                "url": request.build_absolute_uri(space.get_absolute_url()),
                "host": {"handle": space.host.handle, "name": space.host.display_name},
                "scheduled_for": space.scheduled_for,
                "started_at": space.started_at,
                "ended_at": space.ended_at,
                "recording": space.recording_since is not None,
                "review_copy": space.review_copy,
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
            headers={"Cache-Control": "private, no-store" if space.is_private else "public, max-age=2"},
        )
