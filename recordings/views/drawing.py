"""A picture as an answer: drawn when it is first asked for, and kept for a while."""

import logging
from collections.abc import Callable
from hashlib import sha256

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from redis.exceptions import RedisError

KEPT_SECONDS = 6 * 3600
# Another one changes every picture.
EDITION = 1

log = logging.getLogger(__name__)


def drawn(request: HttpRequest, facts: str, draw: Callable[[], bytes], *, kind: str) -> HttpResponse:
    """`facts` say all that the picture shows. Whoever keeps it asks before they show it again: what it stands for may
    have expired."""
    name = sha256(f"{EDITION}|{facts}".encode()).hexdigest()
    if early := get_conditional_response(request, etag=f'"{name}"'):
        return early
    response = HttpResponse(_kept(f"drawn:{name}", draw), content_type=kind)
    response["ETag"], response["Cache-Control"] = f'"{name}"', "public, no-cache"
    # Other sites show it; their pages may ask for it with their own scripts.
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _kept(key: str, draw: Callable[[], bytes]) -> bytes:
    try:
        picture = cache.get(key)
        if picture is None:
            cache.set(key, picture := draw(), KEPT_SECONDS)
        return picture
    except RedisError as error:
        log.warning("%s was not kept: %s", key, error)
        return draw()
