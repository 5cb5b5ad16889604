"""What protects one's account, on one page; changing it is django-allauth's, with this site's templates."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import selectors
from accounts.factors import passkeys_work_at
from accounts.services import safety
from accounts.views.scope import MyView


class Safety(MyView):
    def get(self, request: HttpRequest) -> HttpResponse:
        context = {"factors": selectors.factors(self.me), "passkeys_work": passkeys_work_at(request)}
        return render(request, "accounts/safety.html", context | _places(request))


class Sessions(MyView):
    """Where one is signed in: DELETE ends it everywhere else."""

    def delete(self, request: HttpRequest) -> HttpResponse:
        safety.end_other_sessions(this=request.session.session_key, by=self.me)
        return render(request, "accounts/_places.html", _places(request) | {"oob": True})


class Session(MyView):
    def delete(self, request: HttpRequest, session: int) -> HttpResponse:
        safety.end_session(session=session, by=self.me)
        return render(request, "accounts/_places.html", _places(request) | {"oob": True})


class AppPicture(MyView):
    """The secret of an app that is being added, as a picture for its camera."""

    def get(self, request: HttpRequest) -> HttpResponse:
        secret = request.session.get(SECRET_SESSION_KEY)
        if not secret:
            raise Http404
        adapter = get_adapter()
        picture = adapter.build_totp_svg(adapter.build_totp_url(self.me, secret))
        return HttpResponse(picture, content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def _places(request: HttpRequest) -> dict:
    return {"places": selectors.places(request.user, this=request.session.session_key)}
