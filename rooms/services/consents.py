"""Who was asked to be recorded and what they answered, under the Space's lock. Used by the services beside it, which
publish. Rows of Consent are written here and nowhere else."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from rooms import selectors
from rooms.models import Consent, Participant, RecordingAnswer, Space


def ask(space: Space, person: Participant) -> bool:
    """Somebody on the stage, while recording is on; whether they were. Who said yes or no here is not asked again."""
    if space.recording_since is None or not _is_open(person):
        return False
    person.recording_answer = RecordingAnswer.ASKED
    person.recording_asked_until = timezone.now() + timedelta(seconds=settings.CONSENT_SECONDS)
    person.save(update_fields=["recording_answer", "recording_asked_until"])
    return True


def note(person: Participant, *, yes: bool) -> str:
    """Their answer; returns the row's, "" where it was this already."""
    now = timezone.now()
    if person.recording_asked_until is not None and person.recording_asked_until <= now:
        # The tick may be late; the time is not.
        unanswered(person, at=person.recording_asked_until)
    before = person.recording_answer
    if yes:
        answer = "" if before == RecordingAnswer.YES else Consent.Answer.YES
    elif before == RecordingAnswer.YES:
        answer = Consent.Answer.WITHDRAWN
    else:
        answer = Consent.Answer.NO if before == RecordingAnswer.ASKED or _is_open(person) else ""
    if answer:
        _write(person, answer, at=now)
    return answer


def unanswered(person: Participant, *, at: datetime | None = None) -> None:
    """No answer counts as no; nothing for whoever is not asked."""
    if person.recording_answer == RecordingAnswer.ASKED:
        _write(person, Consent.Answer.NONE, at=at or timezone.now())


def late(space: Space, now: datetime) -> tuple[UUID, ...]:
    """Whose time to answer is over; who that was."""
    asked = Participant.objects.filter(space=space, recording_asked_until__lte=now)
    people = list(asked.order_by("recording_asked_until", "pk"))
    for person in people:
        unanswered(person, at=person.recording_asked_until)
    return tuple(person.pk for person in people)


def asked(space: Space) -> tuple[UUID, ...]:
    """Who has an open question before them."""
    return tuple(_asked(space).values_list("pk", flat=True))


def close(space: Space) -> None:
    """Nothing is recorded any more: open questions are."""
    for person in _asked(space):
        unanswered(person)


def _asked(space: Space) -> QuerySet[Participant]:
    return Participant.objects.filter(space=space, recording_answer=RecordingAnswer.ASKED)


def _is_open(person: Participant) -> bool:
    """Never asked, or without an answer."""
    return person.recording_answer == "" or selectors.unanswered(person)


def _write(person: Participant, answer: str, *, at: datetime) -> None:
    person.recording_answer = RecordingAnswer.YES if answer == Consent.Answer.YES else RecordingAnswer.NO
    person.recording_asked_until = None
    person.save(update_fields=["recording_answer", "recording_asked_until"])
    Consent.objects.create(
        space_id=person.space_id, participant=person, answer=answer, at=at, policy=settings.CONSENT_POLICY
    )
