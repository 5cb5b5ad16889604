"""Somebody's picture: choosing it, and its file."""

import re

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import pictures
from accounts.limits import spent
from accounts.rules import refuse_if
from accounts.services import avatars
from accounts.views.scope import MyView, see_other

NAME = re.compile(r"[0-9a-f]{40}")


class Avatar(MyView):
    """Both answer with the page it is chosen on."""

    def post(self, request: HttpRequest) -> HttpResponse:
        refuse_if(spent(f"avatar:{self.me.pk}", times=20, seconds=600), "too_often")
        upload = request.FILES.get("avatar")
        refuse_if(upload is None, "picture_unreadable")
        refuse_if(upload.size > settings.AVATAR_MAX_BYTES, "picture_bytes")
        avatars.put(picture=pictures.square(upload.read()), by=self.me)
        return see_other(reverse("profile_edit"))

    def delete(self, request: HttpRequest) -> HttpResponse:
        avatars.remove(by=self.me)
        return see_other(reverse("profile_edit"))


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """Another picture has another name, so browsers keep each for good."""
    if not NAME.fullmatch(name):
        raise Http404
    try:
        file = default_storage.open(f"avatars/{name}.webp")
    except FileNotFoundError as error:
        raise Http404 from error
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return FileResponse(file, content_type="image/webp", headers=headers)
