"""The people and the Space of the demo, and how to put them back in their places. Used by seeddemo and rundemo.

Everybody knows these accounts' password: nothing here may run where DEBUG is off.
"""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.services import people
from rooms import selectors
from rooms.identity import Person
from rooms.models import Invitation, Participant, Space
from rooms.models.space import new_slug
from rooms.roles import Role
from rooms.services import attendance, invitations, spaces, stage

PASSWORD = "openfloor-demo"  # noqa: S105  (public on purpose, see above)
SLUG = "demo"
TITLE = "Pull up a chair: what is Openfloor?"


@dataclass(frozen=True)
class Account:
    handle: str
    display_name: str
    bio: str
    is_staff: bool = False


ACCOUNTS = (
    Account("host", "Mara Lindholm", "Opens the room most evenings. Puts the kettle on first."),
    Account("cohost", "Theo Brandt", "Keeps an eye on raised hands, and on the server in the cupboard."),
    Account("speaker", "Imani Clarke", "Sings alto in the neighbourhood choir that rehearses here on Thursdays."),
    Account("listener", "Jonas Weber", "Listens while cooking."),
    Account("staff", "Robin of the staff", "Looks after this server.", is_staff=True),
)
VOICES = ("host", "cohost", "speaker")


class NotHere(Exception):
    """The demo was asked for where strangers may come; the message is the operator's one line."""


def refuse_in_production() -> None:
    if not settings.DEBUG:
        raise NotHere("The demo's accounts have a well-known password; they are refused when DEBUG=0.")


@transaction.atomic
def ensure_accounts() -> None:
    """The five accounts, able to sign in. Those that exist are left as they are."""
    refuse_in_production()
    users = get_user_model().objects
    missing = [account for account in ACCOUNTS if not users.filter(handle=account.handle).exists()]
    for account in missing:
        people.open_account(
            handle=account.handle,
            email=f"{account.handle}@demo.localhost",
            password=None,
            display_name=account.display_name,
            bio=account.bio,
            is_staff=account.is_staff,
            is_superuser=account.is_staff,
        )
    if missing:
        # Hashing takes most of a second by design, and one secret for all is no secret anyway.
        users.filter(handle__in=[account.handle for account in missing]).update(password=make_password(PASSWORD))


def ensure_stage() -> Space:
    """The live Space with its three voices seated and un-muted, whatever visitors did to it."""
    refuse_in_production()
    users = {user.handle: user for user in get_user_model().objects.filter(handle__in=VOICES)}
    space = _live_space(users["host"])
    host = _inside(space, users["host"])
    for voice in VOICES:
        person = _inside(space, users[voice])
        if not person.is_seated:
            stage.offer_seat(participant=person, by=host)
            stage.take_seat(participant=person, by=person)
        if voice == "cohost":
            _make_cohost(person, host)
        stage.unmute(participant=person, by=person)
    return space


def _make_cohost(person: Participant, host: Participant) -> None:
    if person.role == Role.SPEAKER:
        offer = invitations.invite(space=host.space, user=person.user, kind=Invitation.Kind.COHOST, by=host.user)
        invitations.accept(invitation=offer, by=person.user)


def voices() -> dict[str, Participant]:
    """Who of the three is able to speak right now, by handle: inside a live Space, seated, and not muted."""
    able = Participant.objects.filter(
        space__slug=SLUG,
        space__state=Space.State.LIVE,
        left_at__isnull=True,
        user__handle__in=VOICES,
        seat__muted=False,
    )
    return {person.user.handle: person for person in able.select_related("user")}


def borrowed() -> bool:
    """Whether a visitor took one of these accounts to another Space; they are not fetched back from there."""
    return (
        Participant.objects.filter(user__handle__in=VOICES, left_at__isnull=True, space__state=Space.State.LIVE)
        .exclude(space__slug=SLUG)
        .exists()
    )


def _live_space(host) -> Space:
    found = Space.objects.filter(slug=SLUG).first()
    if found is not None and found.is_live:
        return found
    if found is not None:
        # Somebody ended it. Its page stays, under an address of its own, and the demo begins anew.
        Space.objects.filter(pk=found.pk).update(slug=new_slug())
    other = selectors.hosted_live_space(host)
    if other is not None:
        spaces.end(space=other, by=selectors.participation(Person(user=host), other.slug))
    return spaces.start(title=TITLE, speak_permission=Space.SpeakPermission.EVERYONE, by=host, slug=SLUG)


def _inside(space: Space, user) -> Participant:
    stay = selectors.participation(Person(user=user), space.slug)
    if stay is not None and stay.removed_at is not None:
        Participant.objects.filter(pk=stay.pk).update(removed_at=None, removed_by=None)
    return attendance.join(space=space, by=Person(user=user))
