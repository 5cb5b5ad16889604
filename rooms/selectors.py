"""Every read of rooms. Tests assert the number of queries of each."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet

from rooms.identity import Person
from rooms.models import Participant, Seat, Space
from rooms.relay import protocol
from rooms.roles import Hand, Role

LIVE_SPACES_SHOWN = 100
SEATS_PREVIEWED = 5

_PRESENT_LISTENERS = Q(
    participants__left_at__isnull=True, participants__away_since__isnull=True, participants__role=Role.LISTENER
)


def space(slug: str) -> Space:
    """Raises Space.DoesNotExist. One query."""
    return Space.objects.select_related("host").get(slug=slug)


def live_spaces() -> list[Space]:
    """What is live, the most listened to first, each with `listener_count` and `seats_preview` (users). Two queries."""
    spaces = (
        Space.objects.filter(state=Space.State.LIVE)
        .select_related("host")
        .annotate(listener_count=Count("participants", filter=_PRESENT_LISTENERS))
        .prefetch_related(Prefetch("seats", queryset=_seats(), to_attr="stage"))
        .order_by("-listener_count", "-started_at")
    )
    found = list(spaces[:LIVE_SPACES_SHOWN])
    for space in found:
        space.seats_preview = [seat.participant.user for seat in space.stage[:SEATS_PREVIEWED]]
    return found


def hosted_live_space(user) -> Space | None:
    """One query."""
    return Space.objects.filter(host=user, state=Space.State.LIVE).first()


def participation(person: Person, slug: str) -> Participant | None:
    """The person's stay in this Space, also after they left or were removed. One query."""
    if not person:
        return None
    return _stays(person).filter(space__slug=slug).first()


def current_participation(person: Person) -> Participant | None:
    """The live Space this person is in, if any. One query."""
    if not person:
        return None
    here = _stays(person).filter(left_at__isnull=True, space__state=Space.State.LIVE)
    return here.order_by("-joined_at").first()


def earlier_stays(person: Person, than: Participant) -> QuerySet[Participant]:
    """Stays in live Spaces that this person began before another one of theirs."""
    here = _stays(person).filter(left_at__isnull=True, space__state=Space.State.LIVE)
    return here.filter(joined_at__lt=than.joined_at).exclude(pk=than.pk)


def participant(pk) -> Participant | None:
    """For a bearer token that named them. One query."""
    return _PEOPLE.filter(pk=pk).first()


def seat_of(participant: Participant | None) -> Seat | None:
    """One query for the seated, none for the rest."""
    if participant is None or not participant.is_seated:
        return None
    return Seat.objects.filter(participant=participant).first()


def stage(space: Space) -> list[Seat]:
    """The seats in order of slot, with their people. One query."""
    return list(_seats().filter(space=space))


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
    listeners: list[Participant] = field(default_factory=list)

    @property
    def more(self) -> int:
        """Signed-in listeners that are counted but not shown."""
        return self.listener_count - self.guest_count - len(self.listeners)

    @property
    def full(self) -> bool:
        return sum(seat.slot > Seat.HOST_SLOT for seat in self.seats) >= settings.MAX_SEATS - 1


def room(space_id) -> Room:
    """Four queries, whatever the audience. The version is read first: data may be newer than it says, never older."""
    space = Space.objects.select_related("host").get(pk=space_id)
    listening = Participant.objects.filter(
        space=space, left_at__isnull=True, away_since__isnull=True, role=Role.LISTENER
    )
    counts = listening.aggregate(all=Count("pk"), guests=Count("pk", filter=Q(user__isnull=True)))
    faces = listening.filter(user__isnull=False).select_related("user").order_by("joined_at", "pk")
    return Room(
        space=space,
        seats=stage(space),
        listener_count=counts["all"],
        guest_count=counts["guests"],
        listeners=list(faces[: settings.ROSTER_FACES]),
    )


def hands(space: Space) -> list[Participant]:
    """Raised hands and open offers, first come first served by server time. One query."""
    waiting = _PEOPLE.filter(space=space, left_at__isnull=True).exclude(hand=Hand.DOWN)
    return list(waiting.order_by("hand_at", "pk"))


def guests(space: Space) -> list[Participant]:
    """The guests who listen now, as many as the roster shows faces. One query."""
    here = _PEOPLE.filter(space=space, left_at__isnull=True, away_since__isnull=True, user__isnull=True)
    return list(here.order_by("joined_at", "pk")[: settings.ROSTER_FACES])


def space_state(space_id, gone: Iterable = ()) -> protocol.SpaceState:
    """The committed rows as a relay needs them. Two queries."""
    return replace(_states([space_id])[str(space_id)], gone=tuple(map(str, gone)))


def relay_states(sessions: Mapping[str, Collection[str]]) -> dict[str, protocol.SpaceState]:
    """For a relay's reconciliation: Space id -> its state, `gone` being those of the named participants who are no
    longer inside. A Space that does not exist (any more) is reported as not live. Three queries."""
    states = _states(sessions)
    named = [pk for pks in sessions.values() for pk in pks]
    # After the versions: somebody who came back meanwhile counts as inside, and the state as the older one.
    inside = Participant.objects.filter(pk__in=named, left_at__isnull=True).values_list("space_id", "pk")
    present = {(str(space), str(pk)) for space, pk in inside}
    return {
        space: replace(state, gone=tuple(pk for pk in sessions[space] if (space, pk) not in present))
        for space, state in states.items()
    }


def _states(space_ids) -> dict[str, protocol.SpaceState]:
    spaces = {str(s.pk): s for s in Space.objects.filter(pk__in=list(space_ids))}
    seats: dict[str, list[protocol.Seat]] = {pk: [] for pk in spaces}
    for seat in Seat.objects.filter(space__in=spaces.values(), participant__left_at__isnull=True).order_by("slot"):
        seats[str(seat.space_id)].append(protocol.Seat(str(seat.participant_id), seat.csrc, seat.muted))
    return {
        pk: protocol.SpaceState(
            space=pk,
            version=spaces[pk].version if pk in spaces else 2**63 - 1,
            live=pk in spaces and spaces[pk].is_live,
            seats=tuple(seats.get(pk, ())),
        )
        for pk in map(str, space_ids)
    }


_PEOPLE = Participant.objects.select_related("space__host", "user")


def _stays(person: Person) -> QuerySet[Participant]:
    return _PEOPLE.filter(user=person.user) if person.user else _PEOPLE.filter(guest=person.guest)


def _seats() -> QuerySet[Seat]:
    return Seat.objects.select_related("participant__user").order_by("slot")
