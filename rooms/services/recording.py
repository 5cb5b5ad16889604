"""Recording a Space for a replay: switched on and off by its host, agreed to by each who speaks. What is live of it;
bytes are kept elsewhere.

The functions without a decorator run under the lock of the service or the tick that calls them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rooms import rules
from rooms.events import (
    CaptureResumed,
    CaptureStopped,
    ConsentGiven,
    ConsentRefused,
    ConsentUnanswered,
    ConsentWithdrawn,
    RecordingStarted,
    RecordingStopped,
)
from rooms.models import Consent, Participant, RecordingPeriod, Space
from rooms.publish import publish
from rooms.services import consents
from rooms.services.locking import bump, fresh, lock

# So often within so many minutes.
STARTS, MINUTES = 10, 10
ANSWERED = {
    Consent.Answer.YES: ConsentGiven,
    Consent.Answer.NO: ConsentRefused,
    Consent.Answer.WITHDRAWN: ConsentWithdrawn,
}


@transaction.atomic
def start(*, space: Space, by: Participant) -> None:
    """Everybody on the stage is asked who has not answered; whoever presses it has said yes."""
    space, host = lock(space.pk), fresh(by)
    rules.may_record(space, host)
    if space.recording_since is not None:
        return
    lately = RecordingPeriod.objects.filter(space=space, began_at__gt=timezone.now() - timedelta(minutes=MINUTES))
    rules.may_record_again(starts=lately.count(), most=STARTS, minutes=MINUTES)
    _begin(space, host)
    publish(RecordingStarted(space=space.pk, version=bump(space), people=_on_stage(space)))


@transaction.atomic
def stop(*, space: Space, by: Participant) -> None:
    """Answers stand, should it go on later."""
    space = lock(space.pk)
    rules.may_record(space, fresh(by))
    if space.recording_since is None:
        return
    close(space, timezone.now())
    publish(RecordingStopped(space=space.pk, version=bump(space), people=_on_stage(space)))


@transaction.atomic
def answer(*, participant: Participant, by: Participant, yes: bool) -> None:
    """One's own, when asked and whenever one changes one's mind; taking oneself out works after the end, too."""
    space, person = lock(participant.space_id), fresh(participant)
    rules.may_answer_recording(space, fresh(by), person, yes=yes)
    answered = consents.note(person, yes=yes)
    if answered:
        publish(ANSWERED[answered](space=space.pk, version=bump(space), participant=person.pk))


def note_capture(*, space_ids: Iterable, stopped: bool) -> None:
    """The relay's word: it has too little disk to keep any sound of these Spaces, or enough again. Safe to repeat."""
    apart = Space.objects.filter(pk__in=space_ids, state=Space.State.LIVE, capture_stopped_at__isnull=stopped)
    for space_id in apart.values_list("pk", flat=True):
        _note_capture(space_id, stopped)


@transaction.atomic
def _note_capture(space_id, stopped: bool) -> None:
    space = lock(space_id)
    if not space.is_live or (space.capture_stopped_at is not None) == stopped:
        return
    space.capture_stopped_at = timezone.now() if stopped else None
    space.save(update_fields=["capture_stopped_at"])
    event = CaptureStopped if stopped else CaptureResumed
    publish(event(space=space.pk, version=bump(space)))


def open_space(space: Space, host: Participant) -> None:
    """A Space goes live: whether staff get a copy, and a recording from its first second where the host wished it."""
    space.review_copy = settings.REVIEW_COPY != "never"
    space.save(update_fields=["review_copy"])
    if space.recording_wanted:
        _begin(space, host)


def time_up(space: Space, now: datetime) -> None:
    """Who did not answer in time is not recorded."""
    people = consents.late(space, now)
    if people:
        publish(ConsentUnanswered(space=space.pk, version=bump(space), people=people))


def close(space: Space, now: datetime) -> None:
    """Nothing is recorded from now on."""
    RecordingPeriod.objects.filter(space=space, ended_at__isnull=True).update(ended_at=now)
    space.recording_since = None
    space.save(update_fields=["recording_since"])
    consents.close(space)


def _begin(space: Space, host: Participant) -> None:
    space.recording_since = timezone.now()
    space.save(update_fields=["recording_since"])
    RecordingPeriod.objects.create(space=space, began_at=space.recording_since)
    consents.note(host, yes=True)
    for person in Participant.objects.filter(space=space, seat__isnull=False).exclude(pk=host.pk):
        consents.ask(space, person)


def _on_stage(space: Space) -> tuple:
    return tuple(Participant.objects.filter(space=space, seat__isnull=False).values_list("pk", flat=True))
