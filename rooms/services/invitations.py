"""Invitations one by one: to speak, to help to host, to come in. Sent, withdrawn, answered, expired.

They stand on the invited person's home page, in a message from whoever asks, and where they are inside in their own
controls. Whatever else delivers them is told by the events' `accounts`.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from accounts.models import Kind as News
from accounts.selectors import blocked_between, takes_from
from accounts.services import messages, notifications
from rooms import cards, doors, rules, selectors
from rooms.events import AccountsTold, CohostAppointed, CohostAsked, InvitationOver, NameShown, SeatOffered
from rooms.identity import Person
from rooms.models import Invitation, Participant, Space
from rooms.publish import publish
from rooms.refusals import Refused
from rooms.roles import Hand, Role
from rooms.services import attendance, claims, queue, stage
from rooms.services.locking import bump, fresh, leading_role, lock, lock_user

Kind, State = Invitation.Kind, Invitation.State


@transaction.atomic
def invite(*, space: Space, user, kind: str, by) -> Invitation | None:
    """`by` and `user` are accounts. Somebody inside who is invited to speak is offered a seat instead: None. Whoever
    listens, left or was removed unnamed is asked like somebody who was never here."""
    lock_user(by)
    space = lock(space.pk)
    stay = Participant.objects.filter(space=space, user=user, unnamed=False).first()
    role = leading_role(space, by)
    inside = stay is not None and stay.is_present
    doors.may_invite(
        space,
        role=role,
        kind=kind,
        oneself=user.pk == by.pk,
        closed=not get_user_model().objects.open().filter(pk=user.pk).exists(),
        hosts=user.pk == space.host_id,
        inside=inside,
        removed=stay is not None and stay.removed_at is not None,
        blocked=blocked_between(by, user) or selectors.shut_out(space, user),
        unwelcome=not inside and not takes_from(get_user_model().objects.get(pk=user.pk), by),
        open_already=claims.open_invitations(space).filter(user=user, kind=kind).exists(),
    )
    if kind == Kind.COHOST:
        leads = inside and stay.leads
        places = claims.cohost_places(space)
        rules.may_ask_to_cohost(space, role=role, places=places, most=settings.MAX_COHOSTS, leads=leads)
    elif kind == Kind.SPEAK and inside:
        inviter = Participant.objects.get(space=space, user=by)
        stage.offer_seat(participant=stay, by=inviter)
        return None
    # An expired one still stands in the way of the unique constraint.
    Invitation.objects.filter(claims.OPEN, space=space, user=user, kind=kind).update(state=State.EXPIRED)
    now = timezone.now()
    expires_at = max(now, space.scheduled_for or now) + timedelta(hours=settings.INVITATION_HOURS)
    invitation = Invitation.objects.create(
        space=space, user=user, invited_by=by, kind=kind, created_at=now, expires_at=expires_at
    )
    _tell(space, invitation)
    _send(invitation, by)
    return invitation


@transaction.atomic
def withdraw(*, invitation: Invitation, by) -> None:
    """Also one that was accepted and has not come into force."""
    space = lock(invitation.space_id)
    doors.may_withdraw_invitation(space, role=leading_role(space, by), kind=invitation.kind)
    if Invitation.objects.filter(claims.OPEN, pk=invitation.pk).update(state=State.WITHDRAWN):
        _tell(space, invitation, over=True)


def accept(*, invitation: Invitation, by, device: str = "") -> Participant | None:
    """Comes in, and takes the seat or the role; before the Space is live the yes is kept until then: None.

    While the stage is full a speaker comes first in the queue, and a co-host's yes waits for a seat. `device` as in
    Person: whoever was removed with this browser stays out.
    """
    if not _say_yes(invitation=invitation, by=by):
        return None
    # Not under one lock with the yes: joining locks the Space one leaves as well.
    stay = attendance.join(space=invitation.space, by=Person(user=by, device=device))
    _come_up(stay=stay, invitation=invitation)
    if invitation.kind == Kind.SPEAK:
        _take_seat(stay)
    return stay


@transaction.atomic
def _say_yes(*, invitation: Invitation, by) -> bool:
    """Whether the Space is live."""
    space, invitation = lock(invitation.space_id), _fresh(invitation)
    barred = selectors.barred(space, Person(user=by), Participant.objects.filter(space=space, user=by).first())
    is_invited = invitation.user_id == by.pk
    doors.may_answer_invitation(invitation, now=timezone.now(), is_invited=is_invited, barred=barred)
    # To listen to what is live, coming in is the yes.
    comes_in = space.is_live and invitation.kind == Kind.LISTEN
    if invitation.state == State.PENDING and not comes_in:
        invitation.state, invitation.answered_at = State.ACCEPTED, timezone.now()
        invitation.save(update_fields=["state", "answered_at"])
        _tell(space, invitation)
    return space.is_live


@transaction.atomic
def _come_up(*, stay: Participant, invitation: Invitation) -> None:
    """Of somebody who was inside already when they said yes; to speak or to help to host, one shows one's name."""
    space, person = lock(stay.space_id), fresh(stay)
    named = person.unnamed and invitation.kind != Kind.LISTEN and _fresh(invitation).is_open(timezone.now())
    if not person.is_present or (person.unnamed and not named):
        return
    if named:
        person.unnamed = False
        person.save(update_fields=["unnamed"])
    accounts = claims.redeem(space, person)
    if not accounts and not named:
        return
    if person.role == Role.COHOST:
        event = CohostAppointed
    else:
        event = SeatOffered if person.hand == Hand.OFFERED else NameShown
    people = queue.settle(space)
    publish(event(space=space.pk, version=bump(space), participant=person.pk, people=people, accounts=accounts))


@transaction.atomic
def decline(*, invitation: Invitation, by) -> None:
    space, invitation = lock(invitation.space_id), _fresh(invitation)
    doors.may_answer_invitation(invitation, now=timezone.now(), is_invited=invitation.user_id == by.pk)
    if invitation.used_at is None:
        invitation.state, invitation.answered_at = State.DECLINED, timezone.now()
        invitation.save(update_fields=["state", "answered_at"])
        _tell(space, invitation, over=True)


@transaction.atomic
def expire(*, space_id, now: datetime) -> int:
    """Those of one Space that nobody answered in time; returns how many."""
    space = lock(space_id)
    late = list(Invitation.objects.filter(claims.OPEN, space=space, expires_at__lte=now).select_related("user"))
    for invitation in late:
        invitation.state = State.EXPIRED
        invitation.save(update_fields=["state"])
        _tell(space, invitation, over=True)
    return len(late)


def show_cards(*, space_id, accounts: Collection[int]) -> None:
    """In messages: what these accounts (keys) are asked may be answered, withdrawn or over now."""
    asked = Invitation.objects.filter(space=space_id, user__in=accounts).values_list("pk", flat=True)
    messages.show_cards(kind=cards.INVITATION, card_ids=[str(pk) for pk in asked])


def _send(invitation: Invitation, by) -> None:
    """As a message from whoever asks, too. Inside a Space one can be asked by people one takes no messages from."""
    user = get_user_model().objects.get(pk=invitation.user_id)
    if takes_from(user, by):
        messages.send_card(to=user, kind=cards.INVITATION, card_id=str(invitation.pk), by=by)
    subject = f"{cards.INVITATION}:{invitation.pk}"
    notifications.tell(kind=News.INVITATION, users={user.pk}, actor=by.pk, subject=subject, listed=False)


def _take_seat(stay: Participant) -> None:
    """Saying yes is the button one presses to come up; where one cannot, one is inside all the same, and may wait."""
    try:
        stage.take_seat(participant=stay, by=stay)
    except Refused as refusal:
        if refusal.code not in ("stage_full", "floor_taken", "not_offered"):
            raise


def _tell(space: Space, invitation: Invitation, *, over: bool = False) -> None:
    """The invited person, where they look; and the host of a Space that has no room to look at yet."""
    accounts = (invitation.user_id,) if space.is_live else (invitation.user_id, space.host_id)
    stay = Participant.objects.filter(space=space, user=invitation.user, left_at__isnull=True).first()
    if stay is not None and invitation.kind == Kind.COHOST:
        publish(CohostAsked(space=space.pk, version=bump(space), participant=stay.pk, accounts=accounts))
    else:
        event = InvitationOver if over and space.is_private else AccountsTold
        publish(event(space=space.pk, version=bump(space), accounts=accounts))


def _fresh(invitation: Invitation) -> Invitation:
    return Invitation.objects.select_related("space").get(pk=invitation.pk)
