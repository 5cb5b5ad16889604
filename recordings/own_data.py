"""What this app keeps of a person: what their copy holds of it, and what becomes of it when their account is erased.

Imported once, when the app is ready.
"""

from collections.abc import Iterator

from django.core.files.storage import storages

from accounts import own_data
from accounts.own_data import Section
from accounts.sections import each
from recordings import places
from recordings.models import Clip, Comment, Like, SessionExport


def sections(user) -> Iterator[Section]:
    yield Section("comments", "What you wrote at moments of replays.", _comments(user))
    yield Section("likes", "Replays you like.", _likes(user))
    yield Section("clips", "Clips you made of replays.", _clips(user))


def erase(user) -> None:
    for export in SessionExport.objects.filter(user=user).exclude(file=""):
        storages[places.STORAGE].delete(export.file)
    SessionExport.objects.filter(user=user).delete()
    for model in (Like, Comment, Clip):
        model.objects.filter(user=user).delete()


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


def _replay_of(row) -> dict:
    return {"replay": {"space": row.replay.space.get_absolute_url(), "title": row.replay.title}}


own_data.register(own_data.Keeper(name="recordings", sections=sections, erase=erase))
