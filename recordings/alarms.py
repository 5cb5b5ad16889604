"""What whoever runs the server must know: at ERROR in the log, of each kind once an hour, however often it is so."""

import logging

from django.core.cache import cache

log = logging.getLogger(__name__)

EVERY_SECONDS = 3600


def alarm(kind: str, message: str, *facts) -> None:
    if cache.add(f"recordings:alarm:{kind}", 1, timeout=EVERY_SECONDS):
        log.error(message, *facts)
