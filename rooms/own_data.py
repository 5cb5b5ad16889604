"""What this app keeps of a person: what their copy holds of it, and what becomes of it when their account is erased.

Imported once, when the app is ready.
"""

from collections.abc import Iterator

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import OuterRef, Q
from django.utils import timezone

from accounts import own_data
from accounts.own_data import Section
from accounts.sections import each, shown
from rooms import selectors
from rooms.models import CalendarFeed, Consent, Invitation, Notice, Participant, Reminder, Space, Topic
from rooms.services import departure

TITLE = "A Space"
OVER = [Space.State.ENDED, Space.State.CANCELLED, Space.State.EXPIRED]


def sections(user) -> Iterator[Section]:
    yield Section("spaces_hosted", "Spaces you host or hosted.", _hosted(user))
    yield Section("stays", "In which Spaces you were, when, as what, and how long you were heard.", _stays(user))
    yield Section("consents", "What you said when you were asked to be recorded, and to which words.", _consents(user))
    yield Section("invitations_received", "What you were asked into.", _received(user))
    yield Section("invitations_sent", "Whom you asked into Spaces.", _sent(user))
    yield Section("reminders", "Spaces you asked to be reminded of.", _reminders(user))
    yield Section("notices", "What you were told about planned Spaces.", _notices(user))
    yield Section("calendar", "What stands in your calendar.", _calendar(user))


def erase(user) -> None:
    departure.end_hosted(user=user)
    _forget(user)


@transaction.atomic
def _forget(user) -> None:
    """Rows of Spaces and stays remain: they carry what was counted, and who is barred from where."""
    hosted = Space.objects.filter(host=user, state__in=OVER)
    Topic.objects.filter(space__in=hosted).delete()
    of_spaces = ContentType.objects.get_for_model(Space)
    keys = [str(pk) for pk in hosted.values_list("pk", flat=True)]
    LogEntry.objects.filter(content_type=of_spaces, object_id__in=keys).update(object_repr=TITLE)
    hosted.update(title=TITLE, description="", search_text="")
    # The browser of whoever was removed stays barred.
    Participant.objects.filter(user=user, removed_at__isnull=True).update(device="")
    Invitation.objects.filter(Q(user=user) | Q(invited_by=user, space__state__in=OVER)).delete()
    Reminder.objects.filter(user=user).delete()
    Notice.objects.filter(user=user).delete()
    CalendarFeed.objects.filter(user=user).delete()


def _hosted(user) -> Iterator[dict]:
    for space in each(Space.objects.filter(host=user).order_by("created_at")):
        yield {
            "address": space.get_absolute_url(),
            "title": space.title,
            "description": space.description,
            "topics": list(space.topics.values_list("name", flat=True)),
            "language": space.language,
            "state": space.state,
            "private": space.is_private,
            "scheduled_for": space.scheduled_for,
            "started_at": space.started_at,
            "ended_at": space.ended_at,
        }


def _stays(user) -> Iterator[dict]:
    for stay in each(_known(Participant.objects.filter(user=user).order_by("joined_at"), user)):
        yield _space_of(stay) | {
            "role": stay.role,
            "unnamed": stay.unnamed,
            "joined_at": stay.joined_at,
            "left_at": stay.left_at,
            "removed_at": stay.removed_at,
            "first_on_stage_at": stay.spoke_at,
            "heard_seconds": stay.talk_ms / 1000,
        }


def _consents(user) -> Iterator[dict]:
    rows = _known(Consent.objects.filter(participant__user=user).order_by("at", "pk"), user)
    return (_space_of(row) | {"answer": row.answer, "at": row.at, "policy": row.policy} for row in each(rows))


def _received(user) -> Iterator[dict]:
    mine = Invitation.objects.filter(user=user).select_related("invited_by")
    return (_invitation(row) | {"from": shown(row.invited_by)} for row in each(_known(mine, user)))


def _sent(user) -> Iterator[dict]:
    mine = Invitation.objects.filter(invited_by=user).select_related("user")
    return (_invitation(row) | {"to": shown(row.user)} for row in each(_known(mine, user)))


def _invitation(row: Invitation) -> dict:
    moments = {"at": row.created_at, "answered_at": row.answered_at, "expires_at": row.expires_at}
    return _space_of(row) | {"kind": row.kind, "state": row.state} | moments


def _reminders(user) -> Iterator[dict]:
    rows = _known(Reminder.objects.filter(user=user).order_by("pk"), user)
    return (_space_of(row) | {"asked_at": row.created_at} for row in each(rows))


def _notices(user) -> Iterator[dict]:
    rows = _known(Notice.objects.filter(user=user).order_by("pk"), user)
    return (_space_of(row) | {"kind": row.kind, "at": row.created_at} for row in each(rows))


def _calendar(user) -> Iterator[dict]:
    for space in selectors.calendar_of(user, timezone.now()):
        yield {"address": space.get_absolute_url(), "title": space.title, "scheduled_for": space.scheduled_for}


def _known(rows, user):
    """With `known`: whether this person may still read of the Space."""
    known = selectors.may_know(OuterRef("space"), user.pk, timezone.now())
    return rows.select_related("space").annotate(known=known)


def _space_of(row) -> dict:
    """Of a private Space that lets them in no more it says only that there was one."""
    space = row.space
    return {"space": {"address": space.get_absolute_url(), "title": space.title} if row.known else None}


own_data.register(own_data.Keeper(name="rooms", sections=sections, erase=erase))
