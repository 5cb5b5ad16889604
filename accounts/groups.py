"""Sends to groups of sockets: the only place that does. Called by publish of accounts and of rooms.

A failing Redis never fails the request: sockets look anew by themselves.
"""

import logging
from collections.abc import Iterable

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def send(messages: list[tuple[str, dict]]) -> None:
    """Pairs of a group and what to send it."""
    if not messages:
        return
    try:
        async_to_sync(_send_all)(messages)
    except (TimeoutError, RedisError, OSError) as error:
        log.warning("live news for %d groups was not sent: %s", len(messages), error)


def poke(groups: Iterable[str]) -> None:
    """Something changed for these: their sockets look anew at what they may see, or close."""
    send([(group, {"type": "access.changed"}) for group in groups])


async def _send_all(messages: list[tuple[str, dict]]) -> None:
    layer = get_channel_layer()
    for group, message in messages:
        await layer.group_send(group, message)
