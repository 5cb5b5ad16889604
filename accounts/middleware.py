"""Whoever asked for their account to be deleted finds one page, until they keep it or it is gone."""

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import resolve
from django.utils.decorators import sync_and_async_middleware

from accounts.rules import Refused
from accounts.views.scope import SAFE_METHODS, refused

# Names of what works for them: that page and what its buttons do, getting at one's data, being asked who one is.
OPEN = frozenset(
    """
    closing keeping own_copies copy_link export_file account_logout account_reauthenticate
    mfa_reauthenticate mfa_reauthenticate_webauthn
    """.split()
)


@sync_and_async_middleware
def closing_accounts(get_response):
    """Below those that know who asks."""
    if iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponse:
            return await sync_to_async(_instead)(request) or await get_response(request)

    else:

        def middleware(request: HttpRequest) -> HttpResponse:
            return _instead(request) or get_response(request)

    return middleware


def _instead(request: HttpRequest) -> HttpResponse | None:
    """The answer where the account of whoever asks is closing."""
    if not request.user.is_authenticated or request.user.closing_at is None or _is_open(request):
        return None
    if request.method not in SAFE_METHODS:
        return refused(request, Refused("closing"))
    return redirect("closing")


def _is_open(request: HttpRequest) -> bool:
    try:
        return resolve(request.path_info).url_name in OPEN
    except Http404:
        return False
