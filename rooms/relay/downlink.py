"""A WHEP session: the mix towards one participant.

Made by live_room.py, which puts its listener among those the fan-out sends to.
"""

from rooms.relay.fanout import Listener
from rooms.relay.session import Session


class Downlink(Session):
    """`listener` is set once connected."""

    sends = True
    listener: Listener | None = None
