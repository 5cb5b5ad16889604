"""Rate limits of rooms: counted by accounts.limits, refused in a sentence of rooms."""

from accounts.limits import spent
from rooms.refusals import Refused


def limit(key: str, times: int, seconds: int) -> None:
    """Raises Refused("too_often") from the `times + 1`st call on within a window of `seconds`."""
    if spent(key, times, seconds):
        raise Refused("too_often")
