"""The cast of every test: people, and one live Space with each of them in their place."""

from dataclasses import dataclass, field

from accounts.models import User
from rooms.identity import Person, new_guest
from rooms.models import Participant, Space
from rooms.roles import Role
from rooms.services import attendance, invitations, spaces, stage
from rooms.services.locking import fresh

PASSWORD = "correct horse battery staple"


def user(handle: str, **fields) -> User:
    return User.objects.create_user(handle, f"{handle}@example.org", PASSWORD, display_name=handle.title(), **fields)


def enter(space: Space, user: User | None = None) -> Participant:
    """Joins as an account, or as a new guest."""
    return attendance.join(space=space, by=Person(user=user) if user else new_guest()[0])


def seat(participant: Participant, by: Participant, *, muted: bool = True) -> Participant:
    """Through the offer, as everybody gets a seat."""
    stage.offer_seat(participant=participant, by=by)
    stage.take_seat(participant=participant, by=participant)
    if not muted:
        stage.unmute(participant=participant, by=participant)
    return fresh(participant)


def make_cohost(participant: Participant, by: Participant) -> Participant:
    """Asked by the host, and willing."""
    asked = invitations.invite(space=by.space, user=participant.user, kind="cohost", by=by.user)
    invitations.accept(invitation=asked, by=participant.user)
    return fresh(participant)


@dataclass
class Cast:
    space: Space
    host: Participant
    people: dict[str, Participant] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Participant:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    def now(self, name: str) -> Participant:
        """That person as the database has them."""
        return fresh(self.host if name == "host" else self.people[name])


def live_space(title: str = "Evening talk") -> Cast:
    """A live Space with host, cohost, speaker, listener and guest inside; stranger has an account only."""
    space = spaces.start(title=title, speak_permission=Space.SpeakPermission.INVITED, by=user("host"))
    host = Participant.objects.get(space=space, role=Role.HOST)
    cast = Cast(space=space, host=host)
    cast.people["cohost"] = make_cohost(enter(space, user("cohost")), by=host)
    cast.people["speaker"] = seat(enter(space, user("speaker")), by=host)
    cast.people["listener"] = enter(space, user("listener"))
    cast.people["guest"] = enter(space)
    return cast
