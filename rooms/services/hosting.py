"""Who may be host, by the accounts as they are now. Used by the services beside it."""

from django.conf import settings
from django.contrib.auth import get_user_model

from accounts.selectors import follower_count
from rooms import rules
from rooms.models import Space
from rooms.refusals import Refused


def may_host(user) -> None:
    """Raises Refused. The account as it is now, whatever the session remembers."""
    user = get_user_model().objects.get(pk=user.pk)
    rules.may_host(
        followers=follower_count(user) if settings.HOST_MIN_FOLLOWERS else 0,
        least=settings.HOST_MIN_FOLLOWERS,
        protected=user.is_protected,
        suspended=not user.is_open,
    )


def hosts_live_space(user) -> bool:
    return Space.objects.filter(host=user, state=Space.State.LIVE).exists()


def could_host(user, *, instead_of: Space) -> bool:
    """Whether this user could take that Space over. A guest is None, and could not."""
    if user is None:
        return False
    try:
        may_host(user)
    except Refused:
        return False
    return not Space.objects.filter(host=user, state=Space.State.LIVE).exclude(pk=instead_of.pk).exists()
