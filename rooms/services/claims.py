"""What open invitations give to somebody inside: a seat, or the role of a co-host. Under the Space's lock."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from rooms.models import Invitation, Notice, Participant, Space
from rooms.refusals import Refused
from rooms.roles import COHOSTING, OFFERED, Hand, Role
from rooms.services import seats
from rooms.services.locking import move

OPEN = Q(state=Invitation.State.PENDING) | Q(state=Invitation.State.ACCEPTED, used_at__isnull=True)


def open_invitations(space: Space) -> QuerySet[Invitation]:
    """Not answered yet, or accepted and not come into force; an expired one counts no more."""
    return Invitation.objects.filter(OPEN, space=space, expires_at__gt=timezone.now())


def shown_to(space: Space) -> tuple[int, ...]:
    """Accounts on whose home page the Space stands: what they are asked, and what they were told and have not put
    away."""
    asked = open_invitations(space).values_list("user_id", flat=True)
    told = Notice.objects.filter(space=space, dismissed_at__isnull=True).values_list("user_id", flat=True)
    return tuple(sorted({*asked, *told}))


def cohost_places(space: Space) -> int:
    """Co-hosts and open offers to be one."""
    cohosts = Participant.objects.filter(space=space, role=Role.COHOST).count()
    return cohosts + open_invitations(space).filter(kind=Invitation.Kind.COHOST).count()


def redeem(space: Space, stay: Participant) -> tuple[int, ...]:
    """Somebody came in, or shows their name: an invitation to speak is an offered seat, one to co-host that they
    accepted is the role.

    Returns the account whose open invitations changed, if any.
    """
    if stay.is_guest or stay.leads:
        return ()
    if stay.unnamed:
        return kept(stay)
    changed = False
    for invitation in open_invitations(space).filter(user=stay.user):
        if invitation.kind == Invitation.Kind.COHOST and invitation.state == Invitation.State.ACCEPTED:
            changed |= appoint(space, stay, invitation)
        elif invitation.kind == Invitation.Kind.LISTEN:
            use(invitation)
            changed = True
        elif invitation.kind == Invitation.Kind.SPEAK:
            use(invitation)
            changed = True
            if stay.role == Role.LISTENER and stay.hand != Hand.OFFERED:
                move(stay, OFFERED, at=invitation.created_at)
    return (stay.user_id,) if changed else ()


def kept(stay: Participant) -> tuple[int, ...]:
    """Invitations of somebody unnamed stay as they are, whether they come, go or are removed: whoever asked learns
    nothing. Only what their own home page shows of them changes; returns that account, if any."""
    return (stay.user_id,) if stay.unnamed else ()


def appoint(space: Space, stay: Participant, invitation: Invitation) -> bool:
    """Whether they are co-host now; while the stage is full the invitation waits."""
    if stay.role == Role.LISTENER:
        try:
            seats.give(space, stay)
        except Refused:
            return False
    move(stay, COHOSTING)
    use(invitation)
    return True


def appoint_waiting(space: Space) -> list[UUID]:
    """Those inside, and named, who said yes to co-hosting while the stage was full, as seats become free; who that
    was."""
    appointed = []
    accepted = open_invitations(space).filter(kind=Invitation.Kind.COHOST, state=Invitation.State.ACCEPTED)
    for invitation in accepted.order_by("answered_at", "pk"):
        inside = Participant.objects.filter(space=space, user=invitation.user_id, left_at__isnull=True, unnamed=False)
        stay = inside.first()
        if stay is not None and not stay.leads and appoint(space, stay, invitation):
            appointed.append(stay.pk)
    return appointed


def withdraw_between(space: Space, blocker: int, blocked: int) -> tuple[int, ...]:
    """By a block: what either asked the other, and what the blocked one is asked where the blocker leads. Returns the
    accounts whose open invitations changed."""
    leads = Q(space__host=blocker) | Q(space__participants__user=blocker, space__participants__role=Role.COHOST)
    asked = Q(user=blocker, invited_by=blocked) | Q(Q(invited_by=blocker) | leads, user=blocked)
    mine = Invitation.objects.filter(OPEN, asked, space=space)
    accounts = tuple(sorted(set(mine.values_list("user_id", flat=True))))
    Invitation.objects.filter(pk__in=mine.values("pk")).update(state=Invitation.State.WITHDRAWN)
    return accounts


def use(invitation: Invitation) -> None:
    now = timezone.now()
    invitation.state, invitation.used_at = Invitation.State.ACCEPTED, now
    invitation.answered_at = invitation.answered_at or now
    invitation.save(update_fields=["state", "used_at", "answered_at"])


def withdraw_all(space: Space, stay: Participant) -> tuple[int, ...]:
    """Whoever was removed is invited no more, and to a host there is nothing to offer."""
    if stay.is_guest:
        return ()
    if stay.unnamed:
        return kept(stay)
    mine = Invitation.objects.filter(OPEN, space=space, user=stay.user)
    return (stay.user_id,) if mine.update(state=Invitation.State.WITHDRAWN) else ()
