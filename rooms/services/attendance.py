"""Coming in, going out, being removed."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from rooms import rules, selectors
from rooms.events import ConnectionsChanged, Joined, Left, Removed
from rooms.identity import Person
from rooms.models import Participant, Space
from rooms.publish import publish
from rooms.roles import LISTENING, Hand, Role
from rooms.services import seats
from rooms.services.locking import bump, fresh, lock, move


def join(*, space: Space, by: Person) -> Participant:
    """Opens (or reopens) the person's stay here and ends their stay elsewhere: one is in one Space at a time."""
    participant = _enter(space=space, by=by)
    leave_earlier(participant=participant, by=by)
    return participant


def leave_earlier(*, participant: Participant, by: Person) -> None:
    """Only earlier ones: of two simultaneous joins the later one stays."""
    for stay in selectors.earlier_stays(by, than=participant):
        leave(participant=stay, by=stay)


@transaction.atomic
def _enter(*, space: Space, by: Person) -> Participant:
    space = lock(space.pk)
    stay = selectors.participation(by, space.slug)
    rules.may_join(space, stay)
    if stay is not None and stay.is_present:
        return stay
    now = timezone.now()
    if stay is None:
        stay = Participant.objects.create(space=space, user=by.user, guest=by.guest, joined_at=now)
    else:
        stay.joined_at, stay.left_at = now, None
        stay.save(update_fields=["joined_at", "left_at"])
    publish(Joined(space=space.pk, version=bump(space), participant=stay.pk))
    return stay


@transaction.atomic
def leave(*, participant: Participant, by: Participant | None) -> None:
    """`by` is the person themselves, or None when nothing has been heard of them for too long.

    A speaker's seat is freed. Host and co-hosts keep theirs, muted, and find it when they come back.
    """
    space, person = lock(participant.space_id), fresh(participant)
    if not person.is_present:
        return
    _go_out(person)
    publish(Left(space=space.pk, version=bump(space), participant=person.pk))


@transaction.atomic
def remove(*, participant: Participant, by: Participant) -> None:
    """Out, and barred from this Space; also somebody who already left."""
    space, person, actor = lock(participant.space_id), fresh(participant), fresh(by)
    rules.may_remove(space, actor, person)
    if person.removed_at is not None:
        return
    if person.is_present:
        _go_out(person)
    if person.role == Role.COHOST:
        seats.free(person)
        move(person, LISTENING)
    person.removed_at, person.removed_by = timezone.now(), actor
    person.save(update_fields=["removed_at", "removed_by"])
    publish(Removed(space=space.pk, version=bump(space), participant=person.pk))


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
    changed += inside.exclude(pk__in=gone).filter(away_since__isnull=False).update(away_since=None)
    if changed:
        publish(ConnectionsChanged(space=space.pk, version=bump(space)))


def _go_out(person: Participant) -> None:
    if person.leads:
        seats.set_muted(person, True)
    elif person.is_seated:
        seats.free(person)
        move(person, LISTENING)
    elif person.hand != Hand.DOWN:
        move(person, LISTENING)
    person.left_at, person.away_since = timezone.now(), None
    person.save(update_fields=["left_at", "away_since"])
