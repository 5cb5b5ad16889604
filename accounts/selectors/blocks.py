"""Who blocks and who mutes whom. Called by views, services and other apps; must never write.

A block counts both ways: neither finds, follows, writes to or invites the other. A mute counts for whoever muted alone,
and is told to nobody.
"""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from accounts.models import Block, Mute, User


@dataclass(frozen=True)
class Terms:
    """How one person stands to another: what they did about them, and whether they are `blocked` by them."""

    blocks: bool = False
    blocked: bool = False
    mutes: bool = False

    @property
    def apart(self) -> bool:
        """Whether either blocks the other."""
        return self.blocks or self.blocked


def terms(user, other: User) -> Terms:
    """Two queries, none for visitors and for oneself."""
    if not user.is_authenticated or user.pk == other.pk:
        return Terms()
    blockers = set(_blocks_between(user, other).values_list("blocker_id", flat=True))
    return Terms(blocks=user.pk in blockers, blocked=other.pk in blockers, mutes=mutes(user, other))


def blocked_between(one: User, other: User) -> bool:
    """Whether either blocks the other. One query."""
    return _blocks_between(one, other).exists()


def not_blocked(user, of: str = "pk") -> Q:
    """For lists this person reads: leaves out whom they block, and who blocks them. No query of its own.

    `of` leads from the rows of the list to the other person: `User.objects.filter(not_blocked(me))`,
    `Space.objects.filter(not_blocked(me, of="host"))`. Visitors without an account block nobody.
    """
    if not user.is_authenticated:
        return Q()
    blocked = Block.objects.filter(blocker=user).values("blocked")
    blockers = Block.objects.filter(blocked=user).values("blocker")
    return ~Q(**{f"{of}__in": blocked}) & ~Q(**{f"{of}__in": blockers})


def mutes(muter: User, muted: User) -> bool:
    """One query."""
    return Mute.objects.filter(muter=muter, muted=muted).exists()


def not_muted(user, of: str = "pk") -> Q:
    """As `not_blocked`, for news: leaves out whom this person mutes."""
    if not user.is_authenticated:
        return Q()
    return ~Q(**{f"{of}__in": Mute.objects.filter(muter=user).values("muted")})


def blocked_people(user: User) -> list[User]:
    """Whom this person blocks, the latest first. One query."""
    return list(User.objects.open().filter(blocked_by__blocker=user).order_by("-blocked_by__created_at"))


def muted_people(user: User) -> list[User]:
    """Whom this person mutes, the latest first. One query."""
    return list(User.objects.open().filter(muted_by__muter=user).order_by("-muted_by__created_at"))


def _blocks_between(one: User, other: User) -> QuerySet[Block]:
    return Block.objects.filter(Q(blocker=one, blocked=other) | Q(blocker=other, blocked=one))
