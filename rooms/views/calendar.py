"""Calendar files: one planned Space to take along, and each person's own calendar to subscribe to."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from rooms import selectors
from rooms.calendar import calendar, fingerprint
from rooms.feeds import feed_token
from rooms.limits import limit
from rooms.services import feeds
from rooms.views.scope import SpaceView


class SpaceFile(SpaceView):
    """A Space that began without being planned has no place in a calendar."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        space = self.told_space()
        if space.scheduled_for is None:
            raise Http404
        response = answer(request, [space])
        response["Content-Disposition"] = f'attachment; filename="{space.slug}.ics"'
        return response


class CalendarPage(LoginRequiredMixin, SpaceView):
    def get(self, request: HttpRequest) -> HttpResponse:
        planned = reversed(selectors.calendar_of(request.user, timezone.now()))
        coming = [space for space in planned if not space.is_over]
        return render(request, "rooms/calendar.html", feed_context(request) | {"spaces": coming})

    def post(self, request: HttpRequest) -> HttpResponse:
        """The next address; the one before it is nobody's from now on."""
        limit(f"calendar:{request.user.pk}", times=10, seconds=3600)
        feeds.renew(by=request.user)
        if request.htmx:
            return render(request, "rooms/_calendar_feed.html", feed_context(request) | {"oob": True, "renewed": True})
        return redirect("calendar")


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """For programs that carry no cookie: the address alone says whose it is. Two queries."""
    if (user := selectors.feed_owner(token)) is None:
        raise Http404
    return answer(request, selectors.calendar_of(user, timezone.now()), name=f"Openfloor: {user.display_name}")


def answer(request: HttpRequest, spaces: list, *, name: str = "") -> HttpResponse:
    """The file, or 304 where it would say nothing new."""
    domain, _port = split_domain_port(request.get_host())
    data = calendar(
        spaces,
        name=name,
        address=lambda space: request.build_absolute_uri(space.get_absolute_url()),
        domain=domain,
        stamp=timezone.now(),
    )
    etag = f'W/"{fingerprint(data)}"'
    response = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    response["ETag"], response["Cache-Control"] = etag, "private, no-cache"
    return get_conditional_response(request, etag=etag, response=response)


def feed_context(request: HttpRequest) -> dict:
    token = feed_token(request.user.pk, selectors.feed_generation(request.user))
    path = reverse("calendar_feed", args=[token])
    return {"address": request.build_absolute_uri(path), "webcal": f"webcal://{request.get_host()}{path}"}
