"""What of whom is in the recording of a Space: the one place that says so."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from rooms.models import Consent, Participant, RecordingAnswer, RecordingPeriod, Space

Span = tuple[datetime, datetime]


def periods(space: Space) -> list[Span]:
    """From when until when it was recorded, in order; what is still open ends now. One query."""
    now = timezone.now()
    found = RecordingPeriod.objects.filter(space=space).order_by("began_at")
    return [(period.began_at, period.ended_at or now) for period in found]


def consents(space: Space) -> list[Consent]:
    """Every answer ever given, in order, with who gave it. One query."""
    return list(Consent.objects.filter(space=space).select_related("participant__user").order_by("at", "pk"))


def unanswered(participant: Participant) -> bool:
    """Whether they count as not agreeing because they said nothing. One query where they do not agree, else none."""
    if participant.recording_answer != RecordingAnswer.NO:
        return False
    last = Consent.objects.filter(participant=participant).order_by("at", "pk").last()
    return last is not None and last.answer == Consent.Answer.NONE


def spans(space: Space) -> dict[UUID, list[Span]]:
    """Participant -> when their open microphone belongs into the replay: inside the periods, from their last yes on.
    Whoever has taken themselves out is not in it at all, also not with what was before. Two queries."""
    agreed = Consent.objects.filter(
        space=space, answer=Consent.Answer.YES, participant__recording_answer=RecordingAnswer.YES
    )
    since = dict(agreed.order_by("at", "pk").values_list("participant_id", "at"))
    recorded = periods(space)
    found = {pk: [(max(began, yes), ended) for began, ended in recorded if ended > yes] for pk, yes in since.items()}
    return {pk: mine for pk, mine in found.items() if mine}
