"""Coming in and going out: on purpose, by going elsewhere, or because nothing is heard of somebody any more."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from rooms import rules, selectors
from rooms.events import ConnectionsChanged, GuestsLeft, Joined, Left
from rooms.identity import Person
from rooms.models import Participant, Space
from rooms.publish import publish
from rooms.relay import client as relay
from rooms.roles import LISTENING, Role
from rooms.services import claims, exits, queue, succession
from rooms.services.locking import bump, fresh, lock


def join(*, space: Space, by: Person, unnamed: bool = False) -> Participant:
    """Opens (or reopens) the person's stay here and ends their stay elsewhere: one is in one Space at a time."""
    participant = _enter(space=space, by=by, unnamed=unnamed)
    leave_earlier(participant=participant, by=by)
    return participant


def leave_earlier(*, participant: Participant, by: Person) -> None:
    """Only earlier ones: of two simultaneous joins the later one stays."""
    for stay in selectors.earlier_stays(by, than=participant):
        walk_out(participant=stay)


@transaction.atomic
def _enter(*, space: Space, by: Person, unnamed: bool) -> Participant:
    space = lock(space.pk)
    stay = selectors.participation(by, space.slug)
    rules.may_join(
        space,
        stay,
        is_guest=by.user is None,
        barred=selectors.barred(space, by, stay),
        let_in=selectors.lets_in(space, by),
    )
    if stay is not None and stay.is_present:
        # In another window, perhaps of another browser.
        stay.device = by.device or stay.device
        stay.save(update_fields=["device"])
        return stay
    now = timezone.now()
    stay = stay or Participant(space=space, user=by.user, guest=by.guest)
    stay.joined_at, stay.left_at, stay.device = now, None, by.device or stay.device
    stay.unnamed = unnamed and by.user is not None and stay.standing == LISTENING
    stay.save()
    if stay.role == Role.HOST:
        succession.welcome_back(space)
    accounts = claims.redeem(space, stay)
    if space.is_private and by.user:
        # What they were told of it while it let them in shows again.
        accounts = (by.user.pk,)
    people = queue.settle(space)
    publish(Joined(space=space.pk, version=bump(space), participant=stay.pk, people=people, accounts=accounts))
    return stay


@transaction.atomic
def leave(*, participant: Participant, by: Participant | None) -> None:
    """`by` is the person themselves, or None when nothing has been heard of them for as long as their place is held.

    Seat, role and place in the queue are freed; a host's go to a co-host, or a countdown begins.
    """
    space, person = lock(participant.space_id), fresh(participant)
    if not person.is_present:
        return
    if by is not None:
        rules.may_leave(space, person)
    _go(space, person)
    if person.role == Role.HOST and space.is_live:
        succession.succeed(space, timezone.now())


@transaction.atomic
def walk_out(*, participant: Participant) -> None:
    """Signed out, or went to another Space: as leaving, but a host's place is held for a while."""
    space, person = lock(participant.space_id), fresh(participant)
    if person.is_present:
        _go(space, person)


def hang_up(*, user_id) -> None:
    """Some sessions of this account are over. Sound belongs to a stay, not to a browser: all of theirs is closed, and
    windows that may hear and speak connect again by themselves. They stay where they are."""
    for participant in Participant.objects.filter(user=user_id, left_at__isnull=True, space__state=Space.State.LIVE):
        relay.hang_up(str(participant.space_id), str(participant.pk))


@transaction.atomic
def see_guests_off(*, space: Space) -> None:
    """Guests were switched off: those inside may come back with an account."""
    space = lock(space.pk)
    if space.guests_allowed:
        return
    inside = Participant.objects.filter(space=space, user__isnull=True, left_at__isnull=True)
    people = tuple(inside.values_list("pk", flat=True))
    if people:
        inside.update(left_at=timezone.now(), away_since=None)
        publish(GuestsLeft(space=space.pk, version=bump(space), people=people))


def note_connections(*, lost: Collection[str], back: Collection[str]) -> None:
    """The relay's word: of the `lost` (ids) nothing is heard for some seconds, the `back` are heard (again).

    Safe to repeat, and news only where it changes anything. Raises what the database raises.
    """
    changes: dict[UUID, list[UUID]] = defaultdict(list)
    inside = Participant.objects.filter(left_at__isnull=True)
    apart = [
        *inside.filter(pk__in=lost, away_since__isnull=True),
        *inside.filter(pk__in=back, away_since__isnull=False),
    ]
    for person in apart:
        changes[person.space_id].append(person.pk)
    for space_id, people in changes.items():
        _note_in_space(space_id, people, lost=set(map(str, lost)))


@transaction.atomic
def _note_in_space(space_id: UUID, people: Iterable[UUID], lost: set[str]) -> None:
    space = lock(space_id)
    gone = [pk for pk in people if str(pk) in lost]
    inside = Participant.objects.filter(pk__in=people, space=space, left_at__isnull=True)
    changed = inside.filter(pk__in=gone, away_since__isnull=True).update(away_since=timezone.now())
    back = inside.exclude(pk__in=gone).filter(away_since__isnull=False)
    queue.renew(space, back)
    changed += back.update(away_since=None)
    if changed:
        settled = queue.settle(space)
        publish(ConnectionsChanged(space=space.pk, version=bump(space), people=settled))


def _go(space: Space, person: Participant) -> None:
    exits.go_out(space, person)
    people = queue.settle(space)
    accounts = claims.kept(person)
    publish(Left(space=space.pk, version=bump(space), participant=person.pk, people=people, accounts=accounts))
