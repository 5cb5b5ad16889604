"""What other people hear of a Space: its followers hear it is on air, and who takes the stage. Called by services
inside their transaction; a private Space is nobody's news."""

from accounts.models import Kind
from accounts.services import notifications
from rooms import cards
from rooms.models import Participant, Space


def on_air(space: Space) -> None:
    _tell_followers(Kind.LIVE, space, space.host_id)


def on_stage(space: Space, participant: Participant) -> None:
    """Not of the host, whose followers hear it is on air."""
    _tell_followers(Kind.STAGE, space, participant.user_id)


def _tell_followers(kind: str, space: Space, actor: int) -> None:
    if not space.is_private:
        notifications.tell_followers(kind=kind, actor=actor, subject=cards.about(space))


def on_time(space: Space, kind: str, accounts) -> None:
    """A notice of this kind (Notice.Kind) for these."""
    subject = cards.about_time(space, kind)
    notifications.tell(kind=Kind.REMINDER, users=accounts, actor=space.host_id, subject=subject, listed=False)
