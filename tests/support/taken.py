"""Own data of sessions, as tests ask for it, make it and look into it."""

import io
import zipfile

import av
import numpy as np
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import timezone

from accounts import links
from accounts.models import User
from recordings import places, tasks
from recordings.models import Copy, Cue, SessionExport
from recordings.services import exports
from rooms.models import Participant, Space


def take(space: Space, by: User | None = None) -> SessionExport:
    """Asked for and made: all of it for the host."""
    by = by or space.host
    exports.ask(space=space, kind="host" if by == space.host else "speaker", by=by)
    assert tasks.make_exports() == 1
    return SessionExport.objects.filter(user=by, copy__space=space).first()


def opened(export: SessionExport) -> zipfile.ZipFile:
    with storages[places.STORAGE].open(export.file) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def say(person: Participant, text: str, start: float, end: float) -> Cue:
    """Seconds since the Space began."""
    copy = Copy.objects.get(space=person.space)
    return Cue.objects.create(
        copy=copy, participant=person, start_ms=round(start * 1000), end_ms=round(end * 1000), text=text
    )


def heard(data: bytes) -> np.ndarray:
    """Samples at 48 kHz of an Ogg Opus file."""
    with av.open(io.BytesIO(data)) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


def stored(space: Space) -> set[str]:
    """Names of exports of that Space in storage."""
    storage, folder = storages[places.STORAGE], places.export_folder(space.pk)
    try:
        return {f"{folder}/{name}" for name in storage.listdir(folder)[1]}
    except FileNotFoundError:
        return set()


def page(space: Space) -> str:
    return reverse("session_data", args=[space.slug])


def ask_at(space: Space) -> str:
    return reverse("session_exports", args=[space.slug])


def link_at(export: SessionExport) -> str:
    return reverse("session_link", args=[export.copy.space.slug, export.pk])


def file_at(export: SessionExport, token: str = "") -> str:
    token = token or links.token(export, timezone.now())
    return reverse("session_file", args=[export.copy.space.slug, export.pk, token])
