"""How Spaces and invitations are shown in news and messages: registered with accounts.cards when this app is ready."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Kind
from accounts.selectors import not_blocked
from rooms.models import Invitation, Notice, Participant, Space
from rooms.selectors import may_know

State = Invitation.State
SPACE, NOTICE, INVITATION = "space", "notice", "invitation"


def about(space: Space) -> str:
    """The subject of what is told of this Space."""
    return f"{SPACE}:{space.pk}"


def about_time(space: Space, kind: str) -> str:
    """The subject of a notice of that kind; another one after the time was changed."""
    return f"{NOTICE}:{space.pk}/{kind}/{space.calendar_sequence}"


@dataclass(frozen=True)
class SpaceCard:
    """`notice` is the kind of a notice, where there is one."""

    space: Space
    reader: int
    notice: str = ""

    def sentence(self, kind: str) -> str:
        """Who did it comes before it: "You" where that is the reader."""
        title, hosts = self.space.title, self.reader == self.space.host_id
        at_start = f"is on air with “{title}”" if self.space.is_live else f"is about to start “{title}”"
        sentences = {
            Kind.LIVE: f"started “{title}”",
            Kind.STAGE: f"took the stage in “{title}”",
            Notice.Kind.SOON: f"start “{title}” soon",
            Notice.Kind.START: f"can start “{title}” now" if hosts else at_start,
            Notice.Kind.MOVED: f"moved “{title}” to another time",
            Notice.Kind.CANCELLED: f"called off “{title}”",
            Notice.Kind.EXPIRED: f"did not start “{title}” in time",
        }
        return sentences[self.notice or kind]

    @property
    def on_air(self) -> bool:
        return self.space.is_live

    def get_absolute_url(self) -> str:
        return self.space.get_absolute_url()


class Spaces:
    def load(self, ids: Collection[str], reader) -> dict[str, SpaceCard]:
        """Not of hosts with whom a block stands, whoever took their stage. One query."""
        spaces = _known(Q(pk__in=ids), reader).filter(not_blocked(reader, of="host"))
        return {str(space.pk): SpaceCard(space, reader.pk) for space in spaces}

    def news_to(self, card_id: str, accounts: Collection[int]) -> set[int] | None:
        """Two queries."""
        if not Space.objects.filter(pk=card_id, state=Space.State.LIVE, is_private=False).exists():
            return None
        here = Participant.objects.filter(Q(left_at=None) | Q(removed_at__isnull=False), space=card_id)
        return set(accounts) - set(here.filter(user__in=accounts).values_list("user_id", flat=True))


class Notices:
    def load(self, ids: Collection[str], reader) -> dict[str, SpaceCard]:
        """One query. That it is called off is the last that was said to those whom it let in."""
        parts = {card_id: card_id.split("/") for card_id in ids}
        last = {pk for pk, kind, _ in parts.values() if kind in (Notice.Kind.CANCELLED, Notice.Kind.EXPIRED)}
        told = Q(pk__in=[pk for pk, _, _ in parts.values()])
        spaces = {str(space.pk): space for space in _known(told, reader, whatever=Q(pk__in=last))}
        return {
            card_id: SpaceCard(spaces[pk], reader.pk, notice=kind)
            for card_id, (pk, kind, _) in parts.items()
            if pk in spaces
        }


@dataclass(frozen=True)
class InvitationCard:
    """`known` says that the reader may know of the Space; `inside` and `removed`, that they are, or were."""

    invitation: Invitation
    reader: int
    known: bool
    inside: bool
    removed: bool

    template = "rooms/_invitation_card.html"

    @property
    def space(self) -> Space:
        return self.invitation.space

    @property
    def is_mine(self) -> bool:
        """It asks the reader; otherwise they have sent it."""
        return self.invitation.user_id == self.reader

    @property
    def state(self) -> str:
        """As the invitation's, and "ended" with its Space; "expired" from the second on."""
        state = self.invitation.state
        if state in (State.WITHDRAWN, State.DECLINED) or self.invitation.used_at:
            return state
        if self.space.is_over:
            return "ended"
        return state if self.invitation.is_open(timezone.now()) else State.EXPIRED

    @property
    def asks(self) -> bool:
        """Whether there is something to answer, as on the home page."""
        if not self.is_mine or not self.known or self.removed or self.invitation.used_at:
            return False
        if self.inside and (self.state == State.ACCEPTED or self.invitation.kind == Invitation.Kind.LISTEN):
            return False
        return self.state in (State.PENDING, State.ACCEPTED)

    def sentence(self, kind: str) -> str:
        what = {"speak": "to speak", "cohost": "to help to host", "listen": "to listen"}[self.invitation.kind]
        return f"invites you {what} in “{self.space.title}”" if self.known else "invited you"

    def get_absolute_url(self) -> str:
        return reverse("notifications")


class Invitations:
    def load(self, ids: Collection[str], reader) -> dict[str, InvitationCard]:
        """For whoever is asked, and whoever asks them. One query."""
        here = Participant.objects.filter(space=OuterRef("space"), user=reader)
        known = ExpressionWrapper(may_know(OuterRef("space"), reader.pk, timezone.now()), BooleanField())
        found = Invitation.objects.filter(Q(user=reader) | Q(invited_by=reader), pk__in=ids).annotate(
            known=known,
            inside=Exists(here.filter(left_at__isnull=True)),
            removed=Exists(here.filter(removed_at__isnull=False)),
        )
        return {
            str(each.pk): InvitationCard(each, reader.pk, each.known, each.inside, each.removed)
            for each in found.select_related("space__host", "invited_by", "user")
        }


def _known(some: Q, reader, *, whatever: Q | None = None):
    known = may_know(OuterRef("pk"), reader.pk, timezone.now())
    return Space.objects.filter(some, known | whatever if whatever else known)
