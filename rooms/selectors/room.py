"""What one Space shows: its stage, its listeners, the queue, and what hosts see of people."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from accounts.selectors import not_blocked
from rooms import rules
from rooms.models import Invitation, InviteLink, Participant, Seat, Space
from rooms.roles import LEADERS, Hand, Role
from rooms.selectors.access import PEOPLE

# Those who left, shown to hosts so that they can still bar somebody.
LEFT_SHOWN = 20
FOUND_SHOWN = 20


def seats() -> QuerySet[Seat]:
    return Seat.objects.select_related("participant__user").order_by("slot")


def stage(space: Space) -> list[Seat]:
    """The seats in order of slot, with their people. One query."""
    return list(seats().filter(space=space))


def stage_full(space: Space) -> bool:
    """Whether every seat but the host's reserved one is taken. One query."""
    return Seat.objects.filter(space=space, slot__gt=Seat.HOST_SLOT).count() >= settings.MAX_SEATS - 1


@dataclass(frozen=True)
class Room:
    """What everybody's fragments of one Space show, as of `space.version`."""

    space: Space
    seats: list[Seat]
    listener_count: int
    guest_count: int
    unnamed_count: int = 0
    listeners: list[Participant] = field(default_factory=list)
    hands: list[Participant] = field(default_factory=list)

    @property
    def more(self) -> int:
        """Named listeners that are counted but not shown."""
        return self.listener_count - self.guest_count - self.unnamed_count - len(self.listeners)

    @property
    def full(self) -> bool:
        return sum(seat.slot > Seat.HOST_SLOT for seat in self.seats) >= settings.MAX_SEATS - 1

    @property
    def host_away(self) -> bool:
        """Their seat is held; nothing is heard of them."""
        return any(seat.slot == Seat.HOST_SLOT and seat.participant.is_reconnecting for seat in self.seats)

    @property
    def is_forum(self) -> bool:
        """Few enough people to be a circle of faces; a big room has a stage and an audience."""
        return len(self.seats) + self.listener_count <= settings.FORUM_MAX


def room(space_id) -> Room:
    """Six queries, whatever the audience. The version is read first: data may be newer than it says, never older."""
    space = Space.objects.select_related("host").prefetch_related("topics").get(pk=space_id)
    heard = listening(space)
    counts = heard.aggregate(
        all=Count("pk"), guests=Count("pk", filter=Q(user__isnull=True)), unnamed=Count("pk", filter=Q(unnamed=True))
    )
    faces = heard.filter(user__isnull=False, unnamed=False).select_related("user").order_by("joined_at", "pk")
    return Room(
        space=space,
        seats=stage(space),
        listener_count=counts["all"],
        guest_count=counts["guests"],
        unnamed_count=counts["unnamed"],
        listeners=list(faces[: settings.ROSTER_FACES]),
        hands=hands(space),
    )


def found_listeners(space: Space, text: str) -> list[Participant]:
    """Named people inside whose name or handle contains the text, whatever its case. One query."""
    named = PEOPLE.filter(space=space, left_at__isnull=True, user__isnull=False, unnamed=False)
    wanted = Q(user__handle__icontains=text)
    # SQLite knows the case of ASCII letters only.
    for spelling in {text, text.lower(), text.upper(), text.title()}:
        wanted |= Q(user__display_name__icontains=spelling)
    return list(named.filter(wanted).order_by("joined_at", "pk")[:FOUND_SHOWN])


def hands(space: Space) -> list[Participant]:
    """Open offers, then raised hands, each first come first served by server time. One query."""
    waiting = PEOPLE.filter(space=space, left_at__isnull=True).exclude(hand=Hand.DOWN)
    # "offered" sorts before "raised".
    return list(waiting.order_by("hand", "hand_at", "pk"))


def heirs(space: Space) -> list[Participant]:
    """Who could be host next: those on the stage who are heard of, co-hosts first, the longest-serving first. One
    query."""
    here = [seat.participant for seat in stage(space) if not seat.participant.is_reconnecting]
    others = [person for person in here if person.role != Role.HOST]
    return sorted(others, key=lambda person: (person.role != Role.COHOST, person.role_since or person.joined_at))


def guests(space: Space) -> list[Participant]:
    """The guests who listen now, and those who listen unnamed, as many as the roster shows faces. One query."""
    here = PEOPLE.filter(Q(user__isnull=True) | Q(unnamed=True), space=space)
    here = here.filter(left_at__isnull=True, away_since__isnull=True)
    return list(here.order_by("joined_at", "pk")[: settings.ROSTER_FACES])


def gone(space: Space) -> list[Participant]:
    """Everybody who was removed, and the last who left. One query."""
    out = PEOPLE.filter(space=space, left_at__isnull=False).exclude(role=Role.HOST)
    left = out.filter(removed_at__isnull=True).order_by("-left_at", "pk").values("pk")[:LEFT_SHOWN]
    shown = PEOPLE.filter(Q(space=space, removed_at__isnull=False) | Q(pk__in=left))
    return list(shown.order_by(F("removed_at").desc(nulls_last=True), "-left_at", "pk"))


def to_see_off(space: Space) -> list[Participant]:
    """Those inside whom the block of somebody who leads keeps out. Two queries."""
    led = Seat.objects.filter(space=space, participant__role__in=LEADERS)
    leaders = dict(led.values_list("participant__user", "participant__role"))
    inside = PEOPLE.filter(space=space, left_at__isnull=True, user__blocked_by__blocker__in=leaders)
    found = inside.annotate(blocker=F("user__blocked_by__blocker")).order_by("joined_at", "pk")
    out = {person.pk: person for person in found if rules.shuts_out(leaders[person.blocker], person.role)}
    return list(out.values())


def shut_out_accounts(space_id) -> list:
    """Keys of the accounts that somebody who leads blocks, wherever they are. One query."""
    leads = {"blocked_by__blocker__stays__space": space_id, "blocked_by__blocker__stays__role__in": LEADERS}
    return list(get_user_model().objects.filter(**leads).values_list("pk", flat=True).distinct())


def blocked_on_stage(space: Space, user) -> list:
    """The accounts on stage whom this one blocks, in order of their seats. One query, none for guests (None)."""
    if user is None:
        return []
    people = get_user_model().objects.filter(stays__seat__space=space, blocked_by__blocker=user)
    return list(people.order_by("stays__seat__slot"))


def warned_of(space_id, people: Collection) -> list:
    """The ids of those inside who block one of these participants, and see in their own controls whether they are on
    stage. One query, none for nobody."""
    if not people:
        return []
    here = Participant.objects.filter(space=space_id, left_at__isnull=True)
    return list(here.filter(user__blocks__blocked__stays__in=people).values_list("pk", flat=True).distinct())


def speakers(space: Space, reader) -> list[Participant]:
    """Everybody who was on the stage and whom the reader (AnonymousUser for visitors) can meet, the host first, then
    who was heard longest. Nobody is introduced here whom the hosts showed the door. One query."""
    spoke = PEOPLE.filter(not_blocked(reader, of="user"), space=space, spoke_at__isnull=False, removed_at__isnull=True)
    spoke = spoke.filter(user__is_active=True, user__closing_at__isnull=True)
    return sorted(spoke, key=lambda p: (p.user_id != space.host_id, -p.talk_ms, p.spoke_at))


def open_invitations(space: Space) -> list[Invitation]:
    """Unanswered ones, and those accepted by people who have not come yet. One query."""
    mine = Invitation.objects.filter(space=space, state__in=["pending", "accepted"], used_at__isnull=True)
    return list(mine.filter(expires_at__gt=timezone.now()).select_related("user", "invited_by"))


def sent_invitations(space: Space) -> list[Invitation]:
    """What became of those not withdrawn: open ones, then who said no, the newest per person and kind. One query."""
    sent = Invitation.objects.filter(space=space).select_related("user", "invited_by")
    newest = {(invitation.user_id, invitation.kind): invitation for invitation in sent.order_by("created_at", "pk")}
    now = timezone.now()
    shown = [invitation for invitation in newest.values() if invitation.is_open(now) or invitation.state == "declined"]
    return sorted(shown, key=lambda invitation: (invitation.state == "declined", invitation.created_at))


def invite_links(space: Space) -> list[InviteLink]:
    """Those that still open. One query."""
    return list(InviteLink.objects.filter(space=space, revoked_at__isnull=True, expires_at__gt=timezone.now()))


def sent_invitation(space: Space, pk) -> Invitation | None:
    """One query."""
    return Invitation.objects.filter(space=space, pk=pk).first()


def invite_link(space: Space, pk) -> InviteLink | None:
    """One query."""
    return InviteLink.objects.filter(space=space, pk=pk).first()


def cohost_offer(participant: Participant) -> Invitation | None:
    """An unanswered question to help to host, or one answered while the stage was full. One query, none for guests."""
    if participant.is_guest or participant.leads:
        return None
    mine = Invitation.objects.filter(
        space=participant.space_id, user=participant.user_id, kind="cohost", state__in=["pending", "accepted"]
    )
    return mine.filter(used_at__isnull=True, expires_at__gt=timezone.now()).select_related("invited_by").first()


def listening(space: Space) -> QuerySet[Participant]:
    """Who is counted as listening: inside, heard of, and not on the stage."""
    return Participant.objects.filter(space=space, left_at__isnull=True, away_since__isnull=True, role=Role.LISTENER)
