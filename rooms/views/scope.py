"""What every view of a Space starts from: the person asking, the Space, their stay; and how a refusal is answered."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views import View

from rooms import fragments, identity, selectors
from rooms.limits import address, limit
from rooms.models import Participant, Space
from rooms.refusals import Refused, refuse_if

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class SpaceView(View):
    """Verbs are HTTP methods; whatever a rule refuses becomes a sentence with its status."""

    def setup(self, request: HttpRequest, *args, **kwargs) -> None:
        super().setup(request, *args, **kwargs)
        self.person = identity.person_of(request.user, request.COOKIES, request.session)

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            if request.method not in SAFE_METHODS:
                who = self.person or address(request)
                limit(f"command:{who}", times=120, seconds=60)
            return super().dispatch(request, *args, **kwargs)
        except Refused as refusal:
            return refused(request, refusal)

    def space(self) -> Space:
        """The Space in the address, if this person may know of it; 404 otherwise."""
        try:
            return selectors.space(self.kwargs["slug"], self.person)
        except Space.DoesNotExist as error:
            raise Http404 from error

    def told_space(self) -> Space:
        """The Space in the address, if this person may read about it; refused for whoever is barred from a private
        one."""
        space = self.space()
        if space.is_private:
            stay = selectors.participation(self.person, space.slug)
            why = selectors.barred(space, self.person, stay)
            refuse_if(bool(why), why)
        return space

    def me(self) -> Participant:
        """The person's stay in this Space. 404 for an unknown Space, refused for somebody who is not inside."""
        stay = selectors.participation(self.person, self.kwargs["slug"])
        if stay is None:
            refuse_if(self.space().is_over, "ended")
            raise Refused("not_inside")
        return stay

    def somebody(self, pid: str = "") -> Participant:
        """Another participant of the same Space: `pid`, or whom the path names."""
        try:
            other = selectors.somebody(self.kwargs["slug"], pid or self.kwargs["pid"])
        except ValidationError as error:
            raise Http404 from error
        if other is None:
            raise Http404
        return other


def own_controls(request: HttpRequest, me: Participant) -> HttpResponse:
    """The answer to a command: one's own controls as they are now, right even while the socket is down."""
    return HttpResponse(controls(me))


def controls(me: Participant) -> str:
    me = selectors.participant(me.pk)
    return fragments.dock_body(me) + (fragments.manage(me) if me.is_present else "")


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A toast for a command from a page, which stays where it is; a page of its own for everything else."""
    context = {"sentence": refusal.sentence, "title": "That did not work"}
    if request.htmx:
        html = render_to_string("rooms/_notice.html", context | {"oob": True})
        return HttpResponse(html, status=refusal.status, headers={"HX-Push-Url": "false"})
    return render(request, "rooms/problem.html", context, status=refusal.status)


def see_other(to) -> HttpResponse:
    """303: the answer to this command is that page, by GET also after a DELETE (RFC 9110, 15.4.4)."""
    return HttpResponse(status=303, headers={"Location": to.get_absolute_url()})
