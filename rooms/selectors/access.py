"""Who somebody is in a Space, and which Spaces they may know of. A Space is loaded through the person who asks."""

from datetime import datetime

from django.db.models import Exists, Q, QuerySet
from django.utils import timezone

from accounts.models import Block
from rooms import doors
from rooms.identity import Person
from rooms.models import Invitation, InviteLink, Participant, Reminder, Seat, Space
from rooms.roles import LEADERS, Role

PEOPLE = Participant.objects.select_related("space__host", "user")


def space(slug: str, person: Person) -> Space:
    """Raises Space.DoesNotExist, for a private Space also where this person has no way in. One query for a listed
    Space, up to four more for a private one."""
    found = Space.objects.select_related("host").get(slug=slug)
    if not lets_in(found, person):
        raise Space.DoesNotExist
    return found


def space_id(slug: str):
    """For somebody whose stay is looked up next. Raises Space.DoesNotExist. One query."""
    return Space.objects.values_list("pk", flat=True).get(slug=slug)


def lets_in(space: Space, person: Person) -> bool:
    """Whether this person may know of the Space: anybody of a listed one; of a private one its host, whoever was
    inside, and unless a block keeps them out whoever is invited, and whoever holds an open link. Some of those who were
    inside are `barred`, and may know that alone."""
    if not space.is_private or (person.user and person.user.pk == space.host_id):
        return True
    if person and stays(person).filter(space=space).exists():
        return True
    if shut_out(space, person.user):
        return False
    if person.user and invited(space.pk, person.user.pk, timezone.now()).exists():
        return True
    return held_link(space, person) is not None


def held_link(space: Space, person: Person) -> InviteLink | None:
    """The newest of this browser's links that opens this Space. One query, none where it holds none."""
    links = InviteLink.objects.filter(space=space, pk__in=person.links).order_by("-created_at") if person.links else ()
    return next((link for link in links if doors.opens(link, now=timezone.now())), None)


def is_told(space, user, now: datetime) -> Q:
    """Whether somebody is told of a Space, as a condition of a query: they asked to be reminded or said yes, and may
    still know of it. `space` and `user` are keys, or OuterRefs to them."""
    said_yes = Invitation.objects.filter(space=space, user=user, state=Invitation.State.ACCEPTED)
    return (Exists(_reminders(space, user)) | Exists(said_yes)) & may_know(space, user, now)


def may_know(space, user, now: datetime) -> Q:
    """As `lets_in`, as a condition and of an account wherever it looks: the link that counts is the one it asked to be
    reminded through. Whoever was removed from a private Space may know no more of it, nor is anybody told of one whose
    host or co-host blocked them."""
    open_to_all = Space.objects.filter(Q(is_private=False) | Q(host=user), pk=space)
    here = Participant.objects.filter(space=space, user=user)
    link = _reminders(space, user).filter(link__revoked_at__isnull=True, link__expires_at__gt=now)
    ways_in = Exists(here) | Exists(invited(space, user, now)) | Exists(link)
    knows = Exists(open_to_all) | (ways_in & ~Exists(here.filter(removed_at__isnull=False)))
    return knows & ~kept_out(space, user)


def kept_out(space, user) -> Q:
    """Whether blocks keep somebody out of a Space (rules.shuts_out), as a condition of a query. `space` and `user` are
    keys, or OuterRefs to them."""
    by_host = Block.objects.filter(blocker__hosted_spaces=space, blocked=user)
    by_cohost = Block.objects.filter(blocker__stays__space=space, blocker__stays__role=Role.COHOST, blocked=user)
    leads = Participant.objects.filter(space=space, user=user, role__in=LEADERS)
    return Q(Exists(by_host)) | (Q(Exists(by_cohost)) & ~Q(Exists(leads)))


def shut_out(space: Space, user) -> bool:
    """Whether blocks keep this account, or None for a guest, out of the Space. One query, none for guests."""
    return user is not None and Space.objects.filter(kept_out(space.pk, user.pk), pk=space.pk).exists()


def invited(space, user, now: datetime) -> QuerySet[Invitation]:
    """Invitations that let somebody in: unanswered ones in time, and those they said yes to."""
    mine = Invitation.objects.filter(space=space, user=user)
    return mine.filter(Q(state=Invitation.State.ACCEPTED) | Q(state=Invitation.State.PENDING, expires_at__gt=now))


def barred(space: Space, person: Person, stay: Participant | None) -> str:
    """Why this person may not come into this Space, if they may not: "removed", as they or whoever came with their
    browser was, with an account or without; "blocked" by somebody who leads it, which is about their account, not about
    their browser. Only the removed are barred of those who are inside, and of leaders. `stay` is theirs here. Two
    queries at most."""
    if stay is not None and (stay.removed_at is not None or stay.is_present or stay.leads):
        return "removed" if stay.removed_at is not None else ""
    if came_with(person.device, space).filter(removed_at__isnull=False).exists():
        return "removed"
    return "blocked" if shut_out(space, person.user) else ""


def came_with(device: str, space: Space) -> QuerySet[Participant]:
    """Everybody who came into this Space with that browser, with an account or without. None, and no query, for an
    unknown one."""
    people = PEOPLE.filter(Q(guest=device) | Q(device=device), space=space)
    return people if device else people.none()


def link(token_hash: str) -> InviteLink | None:
    """One query."""
    return InviteLink.objects.select_related("space").filter(token_hash=token_hash).first()


def hosted_live_space(user) -> Space | None:
    """One query."""
    return Space.objects.filter(host=user, state=Space.State.LIVE).first()


def scheduled_space(user) -> Space | None:
    """The one in this host's calendar. One query."""
    return Space.objects.filter(host=user, state=Space.State.SCHEDULED).first()


def participation(person: Person, slug: str) -> Participant | None:
    """The person's stay in this Space, also after they left or were removed. One query."""
    if not person:
        return None
    return stays(person).filter(space__slug=slug).first()


def current_participation(person: Person) -> Participant | None:
    """The live Space this person is in, if any. One query."""
    if not person:
        return None
    here = stays(person).filter(left_at__isnull=True, space__state=Space.State.LIVE)
    return here.order_by("-joined_at").first()


def live_stays(user) -> list[Participant]:
    """Where this account is inside. One query."""
    return list(PEOPLE.filter(user=user, left_at__isnull=True, space__state=Space.State.LIVE))


def earlier_stays(person: Person, than: Participant) -> QuerySet[Participant]:
    """Stays in live Spaces that this person began before another one of theirs, also without their account."""
    mine = stays(person) | PEOPLE.filter(guest=person.device) if person.device else stays(person)
    here = mine.filter(left_at__isnull=True, space__state=Space.State.LIVE)
    return here.filter(joined_at__lt=than.joined_at).exclude(pk=than.pk)


def participant(pk) -> Participant | None:
    """For a bearer token that named them. One query."""
    return PEOPLE.filter(pk=pk).first()


def somebody(slug: str, shown_id) -> Participant | None:
    """Of this Space, by the id that others are shown. One query, two for somebody unnamed or nobody at all."""
    people = PEOPLE.filter(space__slug=slug)
    if named := people.filter(pk=shown_id, unnamed=False).first():
        return named
    return next((one for one in people.filter(unnamed=True) if str(one.shown_id) == str(shown_id)), None)


def seat_of(participant: Participant | None) -> Seat | None:
    """One query for the seated, none for the rest."""
    if participant is None or not participant.is_seated:
        return None
    return Seat.objects.filter(participant=participant).first()


def stays(person: Person) -> QuerySet[Participant]:
    return PEOPLE.filter(user=person.user) if person.user else PEOPLE.filter(guest=person.guest)


def _reminders(space, user) -> QuerySet[Reminder]:
    return Reminder.objects.filter(space=space, user=user)
