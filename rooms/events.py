"""What happened, as facts: ids and the Space's version, never HTML. Published by services through rooms.publish."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Event:
    """`people` are participants whose own controls changed with it, `accounts` users whose home page did."""

    space: UUID
    version: int
    people: tuple[UUID, ...] = ()
    accounts: tuple[int, ...] = ()

    # Whether the relay has to know: seats, gates and sessions follow from the rows.
    sound: ClassVar[bool] = False
    # Whether the people's audiences may be others now.
    access: ClassVar[bool] = False
    # Whether somebody may have lost their way into a private Space.
    doors: ClassVar[bool] = False
    # Whether somebody leads now whose blocks counted for nothing before.
    leads: ClassVar[bool] = False
    # Whether what home pages show of it may have changed: its words, who is on stage, how many listen.
    card: ClassVar[bool] = False
    # Whether it has come to what is listed as live, or has gone from there.
    listing: ClassVar[bool] = False

    @property
    def whose(self) -> tuple[UUID, ...]:
        return tuple(dict.fromkeys(self.people))

    @property
    def gone(self) -> tuple[UUID, ...]:
        """Those who are no longer inside: their sound sessions close."""
        return ()


@dataclass(frozen=True, kw_only=True)
class PersonEvent(Event):
    """Something about one participant; their own controls change with it."""

    participant: UUID

    @property
    def whose(self) -> tuple[UUID, ...]:
        return tuple(dict.fromkeys((self.participant, *self.people)))


# --- The Space ---


class SpaceScheduled(Event):
    pass


class SpaceStarted(Event):
    listing = True


class SpaceChanged(Event):
    """What it is about, its time, or who may do what."""

    card = True


class SpaceHidden(SpaceChanged):
    """It is private from now on."""

    doors = listing = True


class SpaceListed(SpaceChanged):
    """It was private until now."""

    listing = True


class SpaceCancelled(Event):
    pass


class SpaceExpired(Event):
    pass


class SpaceClosing(Event):
    """The host is gone and nobody takes over: a countdown runs."""


class SpaceEnded(Event):
    sound = card = listing = True


class ConnectionsChanged(Event):
    """People inside are away, or here again, by what the relay hears of them."""

    card = True


class AccountsTold(Event):
    """Invitations, reminders and notices: only home pages change."""


class InvitationOver(AccountsTold):
    """Withdrawn, declined or expired, into a private Space."""

    doors = True


class LinkRevoked(Event):
    doors = True


# --- People ---


class Joined(PersonEvent):
    # A host who comes back brings their seat.
    sound = access = card = True


class Left(PersonEvent):
    sound = access = card = True

    @property
    def gone(self) -> tuple[UUID, ...]:
        return (self.participant,)


class Removed(Left):
    pass


class SeenOff(Event):
    """Whom somebody who leads blocked; `people` are those who were inside."""

    sound = access = True

    @property
    def gone(self) -> tuple[UUID, ...]:
        return self.people


class GuestsLeft(Event):
    """Guests were switched off; `people` are those who were inside."""

    sound = access = card = True

    @property
    def gone(self) -> tuple[UUID, ...]:
        return self.people


class RemovalLifted(PersonEvent):
    access = True


class NameShown(PersonEvent):
    """Listened unnamed until they said yes to something that still waits."""


class HandRaised(PersonEvent):
    pass


class HandLowered(PersonEvent):
    pass


class HandsLowered(Event):
    pass


class SeatOffered(PersonEvent):
    pass


class OfferDropped(PersonEvent):
    """Declined by the listener, withdrawn by a host, or lapsed."""


class SeatTaken(PersonEvent):
    sound = card = True


class SeatFreed(PersonEvent):
    """Stepped down or demoted."""

    sound = access = card = True


class CohostAsked(PersonEvent):
    pass


class CohostAppointed(PersonEvent):
    sound = access = leads = card = True


class CohostDismissed(PersonEvent):
    """Is a speaker again, and muted where it is one at a time."""

    sound = access = True


class HostChanged(PersonEvent):
    """`participant` is the host now, the former one is among `people`."""

    sound = access = leads = card = True


class MicrophoneMuted(PersonEvent):
    sound = True


class MicrophonesMuted(Event):
    sound = True


class MicrophoneOpened(PersonEvent):
    sound = True


class TurnsChanged(Event):
    """One at a time was switched on or off; those on the stage and those offered to come up are `people`."""

    sound = card = True


class TurnExtended(PersonEvent):
    pass


# --- Recording ---


class RecordingStarted(Event):
    """By the host, later than the Space itself; those on the stage are `people`."""

    sound = card = True


class RecordingStopped(Event):
    sound = card = True


class ConsentGiven(PersonEvent):
    sound = True


class ConsentRefused(PersonEvent):
    pass


class ConsentUnanswered(Event):
    """Those who did not answer in time are `people`."""


class ConsentWithdrawn(PersonEvent):
    """Out of the recording, with all they said before; also after the end."""

    sound = True


class CaptureStopped(Event):
    """Too little disk: no sound is kept."""


class CaptureResumed(Event):
    pass
