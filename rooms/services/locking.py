"""One lock per Space: the row on PostgreSQL, the whole database on SQLite (BEGIN IMMEDIATE)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone

from rooms import selectors
from rooms.models import Participant, Space
from rooms.refusals import Refused
from rooms.roles import Hand, Role, Standing, check_move
from rooms.warmth import warmth


def lock(space_id) -> Space:
    """The Space, locked until the transaction ends."""
    return Space.objects.select_for_update().get(pk=space_id)


def lock_user(user) -> None:
    """Two simultaneous starts of one person wait for each other, the second is then refused by the rule; and a block
    waits for what it forbids. Rows that name this person may be written meanwhile: whoever does so holds a Space, for
    which this caller waits next."""
    get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)


@contextmanager
def unless_taken(code: str) -> Iterator[None]:
    """What a constraint refuses, because another transaction was quicker, is refused as the rule would have."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Refused(code) from error


def fresh(participant: Participant) -> Participant:
    """The participant as committed; call it under the Space's lock."""
    return Participant.objects.select_related("user").get(pk=participant.pk)


def leading_role(space: Space, user) -> Role | None:
    """What this user may decide with: their role inside a live Space, HOST for the host of a scheduled one; None for
    guests."""
    if not user.is_authenticated:
        return None
    if not space.is_live:
        return Role.HOST if space.host_id == user.pk else None
    stay = Participant.objects.filter(space=space, user=user, left_at__isnull=True).first()
    return Role(stay.role) if stay else None


def bump(space: Space) -> int:
    """The next version, for the event that is about to be published: the last that is written. What lists show of the
    audience is counted here, and nowhere else."""
    space.version += 1
    if space.is_live:
        space.audience = selectors.listening(space).count()
        space.warmth = warmth(space.audience, space.started_at)
    else:
        space.audience = 0
    space.save(update_fields=["version", "audience", "warmth"])
    return space.version


def move(participant: Participant, to: Standing, *, at=None) -> None:
    """Moves along the table in rooms.roles. `at` keeps the place in the queue; a lowered hand has none."""
    check_move(participant.standing, to)
    if participant.role != to[0]:
        participant.role_since = timezone.now()
    participant.role, participant.hand = to
    participant.hand_at = None if participant.hand == Hand.DOWN else (participant.hand_at or at)
    participant.offer_until = None
    # Whoever asks or speaks is known to all.
    participant.unnamed = participant.unnamed and participant.standing == (Role.LISTENER, Hand.DOWN)
    participant.save(update_fields=["role", "role_since", "hand", "hand_at", "offer_until", "unnamed"])
