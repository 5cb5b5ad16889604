"""What this app keeps of a person: what their copy holds of it, and what becomes of it when their account is erased.

Imported once, when the app is ready.
"""

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse

from accounts import own_data
from accounts.own_data import Section
from accounts.sections import each
from recordings.models import Clip, Comment, Copy, Cue, Like, Replay, SessionExport
from recordings.services import leaving
from rooms.models import Consent, Participant


def sections(user) -> Iterator[Section]:
    yield Section("kept", "Spaces you hosted or were on stage of, of which sound is kept, and until when.", _kept(user))
    yield Section("consents", "What you answered about being recorded.", _consents(user))
    yield Section("replays", "Replays of Spaces you host or hosted.", _replays(user))
    yield Section("words", "What you said, as far as it is written down.", _words(user))
    yield Section("comments", "What you wrote at moments of replays.", _comments(user))
    yield Section("likes", "Replays you like.", _likes(user))
    yield Section("clips", "Clips you made of replays.", _clips(user))
    yield Section("sessions_taken", "Sessions and words you have asked to take with you.", _exports(user))


def erase(user) -> None:
    leaving.leave(user=user)


def _kept(user) -> Iterator[dict]:
    """The sound itself is the host's to take, on the page of each Space."""
    mine = Q(space__host=user) | Q(
        space__participants__in=Participant.objects.filter(user=user, spoke_at__isnull=False)
    )
    rows = Copy.objects.filter(mine).exclude(state=Copy.State.PURGED).distinct().order_by("space__started_at", "pk")
    for copy in each(rows.select_related("space")):
        address = reverse("session_data", args=[copy.space.slug])
        yield _space(copy.space) | {"until": copy.expires_at, "why": copy.why, "taken_along_at": address}


def _consents(user) -> Iterator[dict]:
    for row in each(Consent.objects.filter(participant__user=user).select_related("space").order_by("at", "pk")):
        yield _space(row.space) | {"answer": row.answer, "at": row.at, "policy": row.policy}


def _replays(user) -> Iterator[dict]:
    hosted = Replay.objects.filter(space__host=user).exclude(state=Replay.State.DELETED)
    for row in each(hosted.select_related("space").order_by("wanted_at", "pk")):
        facts = {name: getattr(row, name) for name in ("state", "visibility", "for_good", "expires_at", "duration_ms")}
        yield _replay_of(row, row) | facts


def _words(user) -> Iterator[dict]:
    rows = Cue.objects.filter(participant__user=user).select_related("copy__space")
    for row in each(rows.order_by("copy__space__started_at", "start_ms", "pk")):
        yield _space(row.copy.space) | {"start_ms": row.start_ms, "end_ms": row.end_ms, "text": row.text}


def _exports(user) -> Iterator[dict]:
    rows = SessionExport.objects.filter(user=user).select_related("copy__space")
    for row in each(rows.order_by("asked_at", "pk")):
        times = {"asked_at": row.asked_at, "ready_at": row.ready_at, "expires_at": row.expires_at}
        yield _space(row.copy.space) | {"kind": row.kind, "state": row.state} | times


def _comments(user) -> Iterator[dict]:
    for row in each(Comment.objects.filter(user=user).select_related("replay__space").order_by("written_at")):
        yield _replay_of(row) | {"at_ms": row.at_ms, "text": row.text, "written_at": row.written_at}


def _likes(user) -> Iterator[dict]:
    for row in each(Like.objects.filter(user=user).select_related("replay__space").order_by("at")):
        yield _replay_of(row) | {"at": row.at}


def _clips(user) -> Iterator[dict]:
    for row in each(Clip.objects.filter(user=user).select_related("replay__space").order_by("made_at")):
        extent = {"start_ms": row.start_ms, "length_ms": row.length_ms, "made_at": row.made_at}
        yield _replay_of(row) | {"title": row.title} | extent


def _replay_of(row, replay: Replay | None = None) -> dict:
    replay = replay or row.replay
    return {"replay": {"space": replay.space.get_absolute_url(), "title": replay.title}}


def _space(space) -> dict:
    """They were on its stage."""
    return {"space": {"address": space.get_absolute_url(), "title": space.title}}


own_data.register(own_data.Keeper(name="recordings", sections=sections, erase=erase))
