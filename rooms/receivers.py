"""What happens in rooms when something happens elsewhere."""

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver

from accounts.events import AccountClosing, Blocked, SessionsEnded
from accounts.signals import account_event
from rooms.identity import Person
from rooms.selectors import current_participation
from rooms.services import attendance, blocks, departure, invitations
from rooms.signals import room_event


@receiver(user_logged_out)
def leave_on_sign_out(sender, request, user, **kwargs) -> None:
    """In every window: whoever signs out on one computer must not stay in a room on it."""
    if user is None:
        return
    stay = current_participation(Person(user=user))
    if stay is not None:
        attendance.walk_out(participant=stay)


@receiver(account_event, sender=AccountClosing)
def leave_before_the_end(sender, event, **kwargs) -> None:
    """Nobody hears or meets whoever is about to have their account erased."""
    departure.depart(user=get_user_model().objects.get(pk=event.user))


@receiver(account_event, sender=SessionsEnded)
def hang_up_when_sessions_end(sender, event, **kwargs) -> None:
    attendance.hang_up(user_id=event.user)


@receiver(account_event, sender=Blocked)
def heed_block(sender, event: Blocked, **kwargs) -> None:
    blocks.heed(blocker=event.blocker, blocked=event.blocked)


@receiver(room_event)
def show_invitations_anew(sender, event, **kwargs) -> None:
    if event.accounts:
        invitations.show_cards(space_id=event.space, accounts=event.accounts)
