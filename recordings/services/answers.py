"""Likes, comments and clips of a replay that the caller has found this person may hear. Called by views; a repeat of a
like writes nothing."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from recordings import answering, selectors
from recordings.models import Clip, Comment, Like, Replay
from rooms.selectors import shut_out


@transaction.atomic
def like(*, replay: Replay, by) -> bool:
    """Whether this is new."""
    _check(replay, by)
    replay = _locked(replay)
    return Like.objects.get_or_create(replay=replay, user=by, defaults={"at": timezone.now()})[1]


def unlike(*, replay: Replay, by) -> bool:
    """Whether there was something to undo. Never refused to whoever did it."""
    return Like.objects.filter(replay=replay, user_id=by.pk).delete()[0] > 0


@transaction.atomic
def write(*, replay: Replay, at_ms: int, text: str, by) -> Comment:
    _check(replay, by)
    text = answering.cleaned_comment(text)
    replay = _locked(replay)
    answering.may_point_at(replay, at_ms)
    return Comment.objects.create(replay=replay, user=by, at_ms=at_ms, text=text, written_at=timezone.now())


def erase_comment(*, comment: Comment, by) -> None:
    answering.may_delete_comment(comment, user_pk=by.pk)
    Comment.objects.filter(pk=comment.pk).delete()


@transaction.atomic
def clip(*, replay: Replay, title: str, start_ms: int, length_ms: int, by) -> Clip:
    _check(replay, by)
    title = answering.cleaned_title(title, longest=settings.TITLE_MAX)
    replay = _locked(replay)
    answering.may_clip(replay, start_ms=start_ms, length_ms=length_ms, most=settings.CLIP_SECONDS_MAX)
    extent = {"start_ms": start_ms, "length_ms": length_ms}
    return Clip.objects.create(replay=replay, user=by, title=title, made_at=timezone.now(), **extent)


def erase_clip(*, clip: Clip, by) -> None:
    answering.may_delete_clip(clip, user_pk=by.pk)
    Clip.objects.filter(pk=clip.pk).delete()


def _check(replay: Replay, by) -> None:
    blocked = by.is_authenticated and shut_out(replay.space, by)
    answering.may_answer(signed_in=by.is_authenticated, blocked=blocked)


def _locked(replay: Replay) -> Replay:
    """As it is now, and so until the transaction ends: its host may trim it, forbid clips or delete it meanwhile."""
    heard = selectors.readable_replays(timezone.now()).filter(pk=replay.pk).select_for_update().first()
    answering.may_be_answered(heard=heard is not None)
    return heard
