"""What happened, as facts: ids and the Space's version, never HTML. Published by services through rooms.publish."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Event:
    space: UUID
    version: int

    # Whether the relay has to know: seats, gates and sessions follow from the rows.
    sound: ClassVar[bool] = False
    # Whether the person's audiences may be others now.
    access: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True)
class PersonEvent(Event):
    """Something about one participant; their own controls change with it."""

    participant: UUID


class SpaceStarted(Event):
    pass


class SpaceEnded(Event):
    sound = True


class ConnectionsChanged(Event):
    """People inside are away, or here again, by what the relay hears of them."""


class Joined(PersonEvent):
    # A host or co-host who comes back brings their seat.
    sound = access = True


class Left(PersonEvent):
    sound = access = True


class Removed(PersonEvent):
    sound = access = True


class HandRaised(PersonEvent):
    pass


class HandLowered(PersonEvent):
    pass


class SeatOffered(PersonEvent):
    pass


class OfferDropped(PersonEvent):
    """Declined by the listener or withdrawn by a host."""


class SeatTaken(PersonEvent):
    sound = True


class SeatFreed(PersonEvent):
    """Stepped down or demoted."""

    sound = access = True


class CohostAppointed(PersonEvent):
    access = True


class MicrophoneMuted(PersonEvent):
    sound = True


class MicrophoneOpened(PersonEvent):
    sound = True


# Those who are no longer inside: their sound sessions close.
EXITS = (Left, Removed)
