"""Rate limits of rooms: counted by accounts.limits, refused in a sentence of rooms."""

from ipaddress import ip_address, ip_network

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

from accounts.limits import spent
from rooms.refusals import Refused


def limit(key: str, times: int, seconds: int) -> None:
    """Raises Refused("too_often") from the `times + 1`st call on within a window of `seconds`."""
    if spent(key, times, seconds):
        raise Refused("too_often")


def socket_address(scope) -> str:
    """As `address`, of a websocket."""
    request = HttpRequest()
    for name, value in scope["headers"]:
        request.META["HTTP_" + name.decode("latin-1").upper().replace("-", "_")] = value.decode("latin-1")
    # Behind a unix socket there is none.
    request.META["REMOTE_ADDR"] = (scope.get("client") or ["127.0.0.1"])[0]
    return address(request)


def address(request) -> str:
    """Where a request comes from, as limits count it: an IPv4 address, or an IPv6 network."""
    found = ip_address(get_adapter().get_client_ip(request))
    if found.version == 4:
        return str(found)
    return str(ip_network((found, settings.ALLAUTH_RATE_LIMIT_IPV6_PREFIX), strict=False))
