"""What waits for an account, who is told of what, and what time is due to do in Spaces."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Mute
from rooms.models import Invitation, Notice, Participant, Reminder, Space
from rooms.roles import Hand, Role
from rooms.selectors.access import is_told, kept_out, may_know

NOTICES_SHOWN = 20
LATELY = timedelta(minutes=1)
# A notice that was not dismissed leaves the home page by itself.
NOTICE_SHOWN_FOR = timedelta(days=1)
# Mail that could not be sent by then has lost its point.
MAIL_TRIED_FOR = timedelta(hours=2)


def reminded(space: Space, user) -> bool:
    """Whether they asked, and what they asked for will come. One query."""
    asked = Reminder.objects.filter(space=space, user=user)
    return asked.filter(may_know(space.pk, user.pk, timezone.now())).exists()


def reminder(slug: str, user) -> Reminder | None:
    """Also of a Space this person may know of no more. One query."""
    return Reminder.objects.select_related("space").filter(space__slug=slug, user=user).first()


def waiting(space: Space) -> set[int]:
    """Accounts that are told when it starts or moves. One query."""
    return set(_waiting(space).values_list("pk", flat=True))


def waiting_count(space: Space) -> int:
    """As many as `waiting`. One query."""
    return _waiting(space).count()


def invitations_to(user) -> list[Invitation]:
    """What this person is asked into and can still answer: unanswered ones, the newest first, then those they said
    yes to and have not come to. Each is `quiet` where they mute whoever asks. One query, two where some may be found:
    this is asked for on every page, and for most people nothing waits."""
    open_now = Q(state="pending") | Q(state="accepted", used_at__isnull=True)
    mine = Invitation.objects.filter(open_now, user=user, expires_at__gt=timezone.now())
    if not mine.exists():
        return []
    stays = Participant.objects.filter(space=OuterRef("space"), user=user)
    inside, removed = stays.filter(left_at__isnull=True), stays.filter(removed_at__isnull=False)
    mine = mine.filter(space__state__in=[Space.State.LIVE, Space.State.SCHEDULED])
    # Inside, one listens already, and a yes that waits for a seat stands in the dock.
    mine = mine.exclude(Q(state="accepted") | Q(kind="listen"), Exists(inside)).exclude(Exists(removed))
    mine = mine.exclude(kept_out(OuterRef("space"), user.pk))
    # "pending" sorts after "accepted".
    mine = mine.annotate(quiet=_muted(user, "invited_by")).select_related("space__host", "invited_by")
    return list(mine.order_by("-state", "-created_at"))


def invitation_to(user, pk) -> Invitation | None:
    """One query."""
    return Invitation.objects.select_related("space__host").filter(user=user, pk=pk).first()


def notices_to(user) -> list[Notice]:
    """What they were told lately and have not put away, each `quiet` where they mute the host. One query, two where
    some may be found, as above."""
    now = timezone.now()
    recent = Notice.objects.filter(user=user, dismissed_at__isnull=True, created_at__gt=now - NOTICE_SHOWN_FOR)
    if not recent.exists():
        return []
    recent = recent.filter(_still_known(now))
    recent = recent.annotate(quiet=_muted(user, "space__host")).select_related("space__host")
    return list(recent[:NOTICES_SHOWN])


def notice_to(user, pk) -> Notice | None:
    """One query."""
    return Notice.objects.select_related("space").filter(user=user, pk=pk).first()


def due(now: datetime) -> list:
    """Ids of Spaces in which a countdown is over. One query."""
    lapsed = Participant.objects.filter(
        space=OuterRef("pk"), left_at__isnull=True, hand=Hand.OFFERED, offer_until__lte=now, away_since__isnull=True
    )
    unanswered = Participant.objects.filter(space=OuterRef("pk"), recording_asked_until__lte=now)
    over = Q(closing_at__lte=now) | Q(turn_ends_at__lte=now) | Exists(lapsed) | Exists(unanswered)
    live = Q(state=Space.State.LIVE) & over
    expired = Q(state=Space.State.SCHEDULED, scheduled_for__lte=not_expired(now))
    return list(Space.objects.filter(live | expired).values_list("pk", flat=True))


def lately_live(now: datetime) -> list:
    """Ids of Spaces in which somebody may have talked since the last sweep. One query."""
    ended = Q(ended_at__gt=now - LATELY)
    return list(Space.objects.filter(Q(state=Space.State.LIVE) | ended).values_list("pk", flat=True))


def leaving() -> list:
    """Accounts that are about to be erased and still inside a Space or plan one, and suspended ones that plan one. One
    query."""
    inside = Participant.objects.filter(user=OuterRef("pk"), left_at__isnull=True, space__state=Space.State.LIVE)
    planned = Space.objects.filter(host=OuterRef("pk"), state=Space.State.SCHEDULED)
    closing = Q(closing_at__isnull=False) & (Exists(inside) | Exists(planned))
    return list(get_user_model().objects.filter(closing | Q(Exists(planned), is_active=False)))


def to_remind(now: datetime) -> list:
    """Ids of Spaces of which somebody is to be told now. One query."""
    soon = now + timedelta(seconds=settings.REMIND_HOST_SECONDS)
    told = Notice.objects.filter(space=OuterRef("pk"), user=OuterRef("host"), kind=Notice.Kind.SOON)
    waits = Q(state=Space.State.SCHEDULED, scheduled_for__lte=soon, scheduled_for__gt=now) & ~Exists(told)
    starts = Q(state=Space.State.SCHEDULED, scheduled_for__lte=now) | Q(state=Space.State.LIVE)
    starts &= Q(scheduled_for__isnull=False, start_told_at__isnull=True)
    return list(Space.objects.filter(waits | starts).values_list("pk", flat=True))


def to_mail(now: datetime) -> QuerySet[Notice]:
    """Notices whose mail nobody has claimed, the oldest first."""
    unsent = Notice.objects.filter(_still_known(now), mailed_at__isnull=True, created_at__gt=now - MAIL_TRIED_FOR)
    return unsent.select_related("space__host", "user").order_by("created_at", "pk")


def with_late_invitations(now: datetime) -> list:
    """Ids of Spaces with invitations that nobody answered in time. One query."""
    late = Invitation.objects.filter(state="pending", expires_at__lte=now)
    return list(late.values_list("space_id", flat=True).distinct())


def concerned(blocker: int, blocked: int) -> list:
    """Ids of the Spaces, live or to come, in which a block of the one by the other changes something: the blocker
    leads, or either asked the other in, or the blocker waits for what the other hosts. One query."""
    leads = Participant.objects.filter(space=OuterRef("pk"), user=blocker, role=Role.COHOST)
    asked = Q(user=blocker, invited_by=blocked) | Q(user=blocked, invited_by=blocker)
    between = Invitation.objects.filter(asked, space=OuterRef("pk"))
    waits = Reminder.objects.filter(space=OuterRef("pk"), user=blocker, space__host=blocked)
    spaces = Space.objects.filter(state__in=[Space.State.LIVE, Space.State.SCHEDULED])
    mine = Q(host=blocker) | Exists(leads) | Exists(between) | Exists(waits)
    return list(spaces.filter(mine).values_list("pk", flat=True))


def not_expired(now: datetime) -> datetime:
    return now - timedelta(seconds=settings.SCHEDULE_EXPIRES_SECONDS)


def _still_known(now: datetime) -> Q:
    """Of notices: that their people may still know of the Space. That it will not take place is the last that was
    said to those whom it let in, and nobody changes its words after that."""
    called_off = Q(kind__in=[Notice.Kind.CANCELLED, Notice.Kind.EXPIRED])
    return called_off | may_know(OuterRef("space"), OuterRef("user"), now)


def _waiting(space: Space) -> QuerySet:
    """The host knows."""
    people = get_user_model().objects.filter(is_told(space.pk, OuterRef("pk"), timezone.now()))
    return people.exclude(pk=space.host_id)


def _muted(user, of: str) -> Exists:
    return Exists(Mute.objects.filter(muter=user, muted=OuterRef(of)))
