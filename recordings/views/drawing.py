"""A picture as an answer: drawn when it is first asked for, once at a time, and kept for a while."""

import logging
import time
from collections.abc import Callable
from hashlib import sha256

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from redis.exceptions import RedisError

from accounts.limits import spent
from recordings.refusals import Refused
from rooms.limits import address

KEPT_SECONDS = 6 * 3600
# That an address may have drawn in a minute.
DRAWN_MOST = 30
# Longer than it takes to draw one; so long others wait for it.
BUSY_SECONDS, AWAITED_SECONDS = 20, 3
# Another one changes every picture.
EDITION = 1

log = logging.getLogger(__name__)


def drawn(request: HttpRequest, facts: str, draw: Callable[[], bytes], *, kind: str) -> HttpResponse:
    """`facts` say all that the picture shows. Whoever keeps it asks before they show it again: what it stands for may
    have expired."""
    name = sha256(f"{EDITION}|{facts}".encode()).hexdigest()
    if early := get_conditional_response(request, etag=f'"{name}"'):
        return early
    if (picture := _kept(f"drawn:{name}", draw, asked_from=address(request))) is None:
        refusal, headers = Refused("too_often"), {"Retry-After": "60"}
        return HttpResponse(refusal.sentence, "text/plain; charset=utf-8", refusal.status, headers=headers)
    response = HttpResponse(picture, content_type=kind)
    response["ETag"], response["Cache-Control"] = f'"{name}"', "public, no-cache"
    # Other sites show it; their pages may ask for it with their own scripts.
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _kept(key: str, draw: Callable[[], bytes], *, asked_from: str) -> bytes | None:
    """None where that address has had too many drawn, or somebody else draws this one for too long."""
    try:
        if picture := cache.get(key):
            return picture
        if spent(f"drawing:{asked_from}", times=DRAWN_MOST, seconds=60):
            return None
        if not cache.add(f"{key}:busy", True, BUSY_SECONDS):
            return _awaited(key)
        try:
            cache.set(key, picture := draw(), KEPT_SECONDS)
        finally:
            cache.delete(f"{key}:busy")
        return picture
    except RedisError as error:
        log.warning("%s was not kept: %s", key, error)
        return draw()


def _awaited(key: str) -> bytes | None:
    until = time.monotonic() + AWAITED_SECONDS
    while time.monotonic() < until:
        time.sleep(0.1)
        if picture := cache.get(key):
            return picture
    return None
