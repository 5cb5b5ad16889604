"""What monitors, proxies and `manage.py up` ask: /healthz (this process answers) and /readyz (people can come in).

Public, so it names parts and never addresses or errors; those go to the log.
"""

import logging
import time
from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from config.celery import WORKER_SEEN
from recordings.selectors import overdue
from rooms import redis
from rooms.relay import client as relay

log = logging.getLogger(__name__)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, Redis and a relay that takes new people all answer, else 503; each part is named.

    With every relay `full`, new listeners would only be sent away, so a load balancer had better send them elsewhere;
    people who are inside lose nothing by that: their sound does not come this way, and their sockets stay open.
    `worker_seconds` is the age of the last periodic task (null: none yet): late clean-up, but nobody is kept out.
    `overdue_seconds` is how long the longest kept sound waits to be destroyed; above 86,400 a promise is broken.
    """
    parts = {"database": _works(_ask_database), "redis": _works(_ask_redis), "relay": _works(_ask_relay)}
    full = parts["relay"] and all(beat.full for beat in relay.accepting())
    ready = all(parts.values()) and not full
    body = {"ready": ready, **parts, "full": full, "worker_seconds": _worker_seconds() if parts["redis"] else None}
    body["overdue_seconds"] = _overdue_seconds() if parts["database"] else None
    return JsonResponse(body, status=200 if ready else 503)


def _works(ask: Callable[[], bool]) -> bool:
    try:
        return ask()
    except (DatabaseError, RedisError, OSError) as error:
        log.warning("not ready: %s", error)
        return False


def _ask_database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _ask_redis() -> bool:
    return bool(redis.client().ping())


def _ask_relay() -> bool:
    return bool(relay.accepting())


def _worker_seconds() -> float | None:
    try:
        seen = cache.get(WORKER_SEEN)
    except RedisError:
        return None
    return None if seen is None else round(max(time.time() - seen, 0), 1)


def _overdue_seconds() -> float | None:
    try:
        return round(overdue(timezone.now()).total_seconds(), 1)
    except DatabaseError:
        return None
