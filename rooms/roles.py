"""The table of roles and allowed moves: whether a move exists. Whether somebody may ask for it is in rules.py."""

from django.db.models import TextChoices


class Role(TextChoices):
    HOST = "host"
    COHOST = "cohost"
    SPEAKER = "speaker"
    LISTENER = "listener"


class Hand(TextChoices):
    """What a listener and the hosts have said about a seat."""

    DOWN = "down"
    RAISED = "raised"
    OFFERED = "offered"


SEATED = frozenset({Role.HOST, Role.COHOST, Role.SPEAKER})
LEADERS = frozenset({Role.HOST, Role.COHOST})

Standing = tuple[Role, Hand]

LISTENING: Standing = (Role.LISTENER, Hand.DOWN)
HAND_UP: Standing = (Role.LISTENER, Hand.RAISED)
OFFERED: Standing = (Role.LISTENER, Hand.OFFERED)
SPEAKING: Standing = (Role.SPEAKER, Hand.DOWN)
COHOSTING: Standing = (Role.COHOST, Hand.DOWN)
HOSTING: Standing = (Role.HOST, Hand.DOWN)

MOVES: dict[Standing, frozenset[Standing]] = {
    LISTENING: frozenset({HAND_UP, OFFERED, SPEAKING, COHOSTING}),
    HAND_UP: frozenset({LISTENING, OFFERED, SPEAKING, COHOSTING}),
    OFFERED: frozenset({LISTENING, SPEAKING, COHOSTING}),
    SPEAKING: frozenset({LISTENING, COHOSTING, HOSTING}),
    COHOSTING: frozenset({LISTENING, SPEAKING, HOSTING}),
    # Somebody else is host from then on.
    HOSTING: frozenset({LISTENING, SPEAKING}),
}


class IllegalMove(Exception):
    """A service asked for a move that is not in the table: a defect of ours, never a person's mistake."""


def check_move(before: Standing, after: Standing) -> None:
    if after not in MOVES[before]:
        raise IllegalMove(f"{before} -> {after}")
