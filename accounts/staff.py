"""The door of Django's admin: staff come in by the sign-in of the site, and with their second step.

Every page of the admin asks StaffSite.has_permission; whoever is refused there is led by StaffSite.login to what is
still missing.
"""

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import selectors
from accounts.selectors.safety import Factors

SET_UP_FIRST = "Staff sign in with a second step. Add an app or a passkey here; then the staff pages open."


class StaffSite(AdminSite):
    site_header = site_title = "Openfloor staff"

    def has_permission(self, request: HttpRequest) -> bool:
        if not super().has_permission(request):
            return False
        factors = selectors.factors(request.user)
        return not (_missing(factors) or _unproved(factors, request))

    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        wanted = _wanted(request)
        if not request.user.is_authenticated:
            return redirect_to_login(wanted)
        if not super().has_permission(request):
            raise PermissionDenied
        factors = selectors.factors(request.user)
        if _missing(factors):
            messages.info(request, SET_UP_FIRST)
            return redirect("safety")
        if _unproved(factors, request):
            return redirect_to_login(wanted, resolve_url(factors.proved_at))
        return redirect(wanted)

    def password_change(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """There is one way to change one's password: it ends the other sessions and is told by mail."""
        return redirect("account_change_password")


def _missing(factors: Factors) -> bool:
    return settings.STAFF_NEEDS_MFA and not factors.are_on


def _unproved(factors: Factors, request: HttpRequest) -> bool:
    """Whether there is a second step, and this session was opened without it: before there was one, perhaps."""
    records = get_authentication_records(request, request.user)
    return factors.are_on and not any(record.get("method") == "mfa" for record in records)


def _wanted(request: HttpRequest) -> str:
    """Where this person wanted to go, if it is one of ours."""
    address = request.GET.get(REDIRECT_FIELD_NAME, "")
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if ours else resolve_url("admin:index")
