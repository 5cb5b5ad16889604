"""Own data of a session: the host's, and of whoever was on the stage their own words."""

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator

from accounts import links
from recordings import rules, selectors
from recordings.models import SessionExport
from recordings.services import exports
from recordings.streaming import Stored, answer
from rooms.models import Space
from rooms.views.scope import SAFE_METHODS, SpaceView

Kind = SessionExport.Kind


class SessionView(SpaceView):
    """For people who are signed in and host or spoke. What is theirs stays theirs, also after they were removed."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated and request.method in SAFE_METHODS:
            return redirect_to_login(request.get_full_path())
        return super().dispatch(request, *args, **kwargs)

    def mine(self) -> Space:
        """The Space, which this person hosts or was on the stage of."""
        rules.may_have_data(has_account=self.person.user is not None)
        space = self.space()
        rules.may_see_session(hosts=self.hosts(space), spoke=selectors.spoke(space, self.person.user))
        return space

    def hosts(self, space: Space) -> bool:
        return space.host_id == self.person.user.pk

    def context(self, space: Space) -> dict:
        """For page and partial."""
        found, now = selectors.exports_of(space, self.person.user), timezone.now()
        copy = selectors.kept_copy(space, now)
        return {
            "space": space,
            "hosts": self.hosts(space),
            "copies": found,
            "now": now,
            "under_way": any(export.state in selectors.UNDER_WAY for export in found),
            "kept": copy,
            "words": selectors.own_cues(space, self.person.user).exists(),
            "kept_days": settings.COPY_KEPT_DAYS,
        }


class SessionData(SessionView):
    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        space = self.mine()
        return render(request, "recordings/session_data.html", self.context(space))


class SessionExports(SessionView):
    """GET is what the page asks for again and again while one is made."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        space = self.mine()
        return render(request, "recordings/_session_exports.html", self.context(space) | {"oob": True})

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        self.mine()
        return self._asked(request, slug)

    @method_decorator(reauthentication_required)
    def _asked(self, request: HttpRequest, slug: str) -> HttpResponse:
        space = self.mine()
        exports.ask(space=space, kind=Kind.HOST if self.hosts(space) else Kind.SPEAKER, by=request.user)
        return redirect("session_data", slug)


class SessionLink(SessionView):
    def post(self, request: HttpRequest, slug: str, pk) -> HttpResponse:
        export, now = self.export(pk), timezone.now()
        rules.may_read_export(export, now=now)
        address = reverse("session_file", args=[slug, export.pk, links.token(export, now)])
        return render(request, "accounts/_copy_link.html", {"copy": export, "address": address})

    def export(self, pk) -> SessionExport:
        """Theirs still: a session is of who hosts it now."""
        space = self.mine()
        export = selectors.export_of(space, self.person.user, pk, timezone.now())
        if export is None or (export.kind == Kind.HOST and not self.hosts(space)):
            raise Http404
        return export


class SessionFile(SessionLink):
    http_method_names = ["get"]

    def get(self, request: HttpRequest, slug: str, pk, token: str) -> HttpResponseBase:
        export, now = self.export(pk), timezone.now()
        if not links.opens(token, export, now):
            raise Http404
        rules.may_read_export(export, now=now)
        copy = export.copy
        stored = Stored(
            name=export.file,
            size=export.size,
            content_type="application/zip",
            filename=f"openfloor-{slug}-{export.ready_at:%Y-%m-%d}.zip",
            until=min(until for until in (export.expires_at, copy.expires_at) if until is not None),
        )
        try:
            return answer(request, stored, download=True)
        except FileNotFoundError as error:
            raise Http404 from error
