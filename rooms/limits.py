"""Rate limits of rooms: counted by accounts.limits, refused in a sentence of rooms."""

from ipaddress import ip_address, ip_network

from allauth.account.adapter import get_adapter

from accounts.limits import spent
from rooms.refusals import Refused

# Whoever has one IPv6 address has the whole network it is in (RFC 6177, 2).
IPV6_SITE = 64


def limit(key: str, times: int, seconds: int) -> None:
    """Raises Refused("too_often") from the `times + 1`st call on within a window of `seconds`."""
    if spent(key, times, seconds):
        raise Refused("too_often")


def address(request) -> str:
    """Where a request comes from, as limits count it: an IPv4 address, or an IPv6 network."""
    found = ip_address(get_adapter().get_client_ip(request))
    if found.version == 4 or found.ipv4_mapped:
        return str(found)
    return str(ip_network((found, IPV6_SITE), strict=False))
