"""Planned Spaces, and people at their browsers who look at them."""

from datetime import datetime, timedelta

from django.test import Client
from django.utils import timezone

from accounts.models import User
from rooms.models import Space
from rooms.services import invitations, schedule

HTMX = {"HX-Request": "true"}


def plan(host: User, title: str = "Gardens", *, at: datetime | None = None, **details) -> Space:
    """Tomorrow, if no time is given."""
    at = at or timezone.now().replace(microsecond=0) + timedelta(days=1)
    return schedule.plan(title=title, scheduled_for=at, by=host, **({"speak_permission": "invited"} | details))


def accepted(space: Space, user: User, kind: str = "listen") -> None:
    """Invited by the host, and willing."""
    invitation = invitations.invite(space=space, user=user, kind=kind, by=space.host)
    invitations.accept(invitation=invitation, by=user)


def browser(user: User | None = None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client
