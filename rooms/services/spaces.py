"""Starting and ending a Space."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from rooms import rules
from rooms.events import SpaceEnded, SpaceStarted
from rooms.identity import Person
from rooms.models import Participant, Space
from rooms.publish import publish
from rooms.roles import Hand, Role
from rooms.services import attendance, seats
from rooms.services.locking import bump, fresh, lock


def start(*, title: str, speak_permission: str, by, slug: str | None = None) -> Space:
    """A live Space with `by` (a user) as its host, seated and muted. Ends their stay elsewhere."""
    host = _open(title=title, speak_permission=speak_permission, by=by, slug=slug)
    attendance.leave_earlier(participant=host, by=Person(user=by))
    return host.space


@transaction.atomic
def _open(*, title: str, speak_permission: str, by, slug: str | None) -> Participant:
    title = rules.cleaned_title(title, longest=settings.TITLE_MAX)
    _lock_user(by)
    rules.may_start(hosts_live_space=Space.objects.filter(host=by, state=Space.State.LIVE).exists())
    now = timezone.now()
    fields = {"slug": slug} if slug else {}
    space = Space.objects.create(title=title, speak_permission=speak_permission, host=by, started_at=now, **fields)
    host = Participant.objects.create(space=space, user=by, role=Role.HOST, joined_at=now)
    seats.give_host(space, host)
    publish(SpaceStarted(space=space.pk, version=space.version))
    return host


@transaction.atomic
def end(*, space: Space, by: Participant) -> None:
    """Ends it for everybody."""
    space = lock(space.pk)
    if not space.is_live:
        return
    rules.may_end(space, fresh(by))
    now = timezone.now()
    space.state, space.ended_at = Space.State.ENDED, now
    space.save(update_fields=["state", "ended_at"])
    inside = Participant.objects.filter(space=space, left_at__isnull=True)
    inside.filter(role=Role.LISTENER).update(hand=Hand.DOWN, hand_at=None)
    inside.update(left_at=now, away_since=None)
    publish(SpaceEnded(space=space.pk, version=bump(space)))


def _lock_user(user) -> None:
    """Two simultaneous starts of one person wait for each other; the second is then refused by the rule."""
    get_user_model().objects.select_for_update().get(pk=user.pk)
