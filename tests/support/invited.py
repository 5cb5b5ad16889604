"""Asking people into Spaces, for tests: short names for what the services do, and codes of refusals."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rooms.models import Invitation, Space
from rooms.refusals import Refused
from rooms.services import invitations, schedule
from tests.support import cast


def refusal(act, *args, **kwargs) -> str:
    with pytest.raises(Refused) as refused:
        act(*args, **kwargs)
    return refused.value.code


def ask(space: Space, user, kind: str = "speak", by=None) -> Invitation:
    return invitations.invite(space=space, user=user, kind=kind, by=by or space.host)


def planned(**details) -> Space:
    soon = timezone.now() + timedelta(hours=2)
    return schedule.plan(scheduled_for=soon, by=cast.user("planner"), **{"title": "Roofs"} | details)


def state_of(invitation: Invitation) -> str:
    return Invitation.objects.get(pk=invitation.pk).state
