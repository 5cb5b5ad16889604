"""What views of people start from: who asks, whom they ask about, and how a refusal is answered."""

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views import View

from accounts import selectors
from accounts.limits import spent
from accounts.models import User
from accounts.rules import Refused, refuse_if

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class MyView(View):
    """For people who are signed in. Verbs are HTTP methods; whatever a rule refuses becomes a sentence with its status.

    Whoever is not signed in is led to where one signs in, and back; a command of theirs is refused.
    """

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.me = request.user
        try:
            if not self.me.is_authenticated:
                refuse_if(request.method not in SAFE_METHODS, "sign_in_first")
                return redirect_to_login(request.get_full_path())
            if request.method not in SAFE_METHODS:
                refuse_if(spent(f"command:user:{self.me.pk}", times=120, seconds=60), "too_often")
            return super().dispatch(request, *args, **kwargs)
        except Refused as refusal:
            return refused(request, refusal)


class PersonPage(View):
    """A page about `person`, whom the address names; with or without an account one may look. A handle in capitals, and
    one they had until lately, leads to the address as it is now."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        handle = kwargs["handle"]
        self.person = somebody(handle)
        if handle != self.person.handle:
            address = reverse(request.resolver_match.view_name, kwargs=kwargs | {"handle": self.person.handle})
            query = request.META["QUERY_STRING"]
            for_good = handle.lower() == self.person.handle
            return redirect(f"{address}?{query}" if query else address, permanent=for_good)
        try:
            return super().dispatch(request, *args, **kwargs)
        except Refused as refusal:
            return refused(request, refusal)


def somebody(handle: str) -> User:
    """Whom the address names, by a handle they had until lately too; 404 for nobody."""
    try:
        return selectors.person(handle)
    except User.DoesNotExist as error:
        if person := selectors.formerly(handle):
            return person
        raise Http404("Nobody here goes by this handle.") from error


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A toast for a command from a page, which stays where it is; a page of its own for everything else."""
    context = {"sentence": refusal.sentence, "title": "That did not work"}
    if request.htmx:
        html = render_to_string("rooms/_notice.html", context | {"oob": True})
        return HttpResponse(html, status=refusal.status, headers={"HX-Push-Url": "false"})
    return render(request, "rooms/problem.html", context, status=refusal.status)


def see_other(address: str) -> HttpResponse:
    """303: the answer to this command is that page, by GET also after a PUT or DELETE (RFC 9110, 15.4.4)."""
    return HttpResponse(status=303, headers={"Location": address})
