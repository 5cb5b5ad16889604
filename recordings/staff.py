"""Staff listen to review copies, within Django's admin: why first, then a player, then the sound piece by piece.

Each page asks for itself whether this person wrote down why within the last hour, and whether the copy is still
readable: from the second it expires all of them are 404.
"""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from recordings import selectors, storing
from recordings.models import Copy
from recordings.refusals import Refused
from recordings.rules import REASON_LEAST
from recordings.services import listening


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why do you have to listen?",
        help_text="A report's number, say, and what you look for. It is kept for good, and nobody can change it.",
        min_length=REASON_LEAST,
        max_length=500,
        widget=AdminTextareaWidget(attrs={"rows": 3, "autocomplete": "off"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def listen(request: HttpRequest, pk) -> HttpResponse:
    """Asks why, and writes it down."""
    copy = _readable(request, pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            listening.begin(copy=copy, reason=form.cleaned_data["reason"], by=request.user)
        except Copy.DoesNotExist as error:
            raise Http404 from error
        except Refused as refusal:
            form.add_error("reason", refusal.sentence)
        else:
            return redirect("admin:recordings_copy_sound", pk)
    return _page(request, "listen", copy, form=form)


@never_cache
@require_safe
def sound(request: HttpRequest, pk) -> HttpResponse:
    """The player. Whoever has not said why, or so long ago that it counts no more, is asked."""
    _readable(request, pk)
    copy = selectors.open_to(request.user, pk, timezone.now())
    if copy is None:
        return redirect("admin:recordings_copy_listen", pk)
    return _page(request, "sound", copy, voices=selectors.voices(copy), length_ms=selectors.length_ms(copy))


@never_cache
@require_safe
def pieces(request: HttpRequest, pk) -> JsonResponse:
    """What to play when: `at` and `length` in ms, from the start of the Space."""
    copy = _opened(request, pk)
    began = round(copy.space.started_at.timestamp() * 1000)
    found = [
        {
            "at": piece.started_us / 1000 - began,
            "length": piece.samples / 48,
            "who": str(piece.participant_id),
            "url": reverse("admin:recordings_copy_piece", args=[copy.pk, piece.pk]),
        }
        for piece in selectors.pieces(copy)
    ]
    return JsonResponse({"pieces": found})


@never_cache
@require_safe
def piece(request: HttpRequest, pk, piece: int) -> HttpResponse:
    """Some seconds of one person: Ogg Opus."""
    found = get_object_or_404(selectors.pieces(_opened(request, pk)), pk=piece)
    try:
        with storing.storage().open(found.name) as file:
            return HttpResponse(file.read(), content_type="audio/ogg", headers={"Cache-Control": "no-store"})
    except FileNotFoundError as error:
        raise Http404 from error


# Name, address below a copy's, view.
PAGES = [
    ("listen", "listen/", listen),
    ("sound", "sound/", sound),
    ("pieces", "sound/pieces.json", pieces),
    ("piece", "sound/<int:piece>.opus", piece),
]


def _readable(request: HttpRequest, pk) -> Copy:
    if not request.user.has_perm(listening.PERMISSION):
        raise PermissionDenied
    if (copy := selectors.readable_copy(pk, timezone.now())) is None:
        raise Http404
    return copy


def _opened(request: HttpRequest, pk) -> Copy:
    _readable(request, pk)
    if (copy := selectors.open_to(request.user, pk, timezone.now())) is None:
        raise PermissionDenied
    return copy


def _page(request: HttpRequest, name: str, copy: Copy, **context) -> HttpResponse:
    titles = {"listen": "Why do you have to listen?", "sound": str(copy.space)}
    own = {"copy": copy, "opts": Copy._meta, "title": titles[name]}
    return render(request, f"admin/recordings/copy/{name}.html", admin.site.each_context(request) | own | context)
