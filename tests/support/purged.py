"""Keeping or purging that is killed before its first step, then, of another Space, before its second, and so on until
it comes to its end; each time another process does what is left.

Run by tests with the address of their database: `python -m tests.support.purged copy`, `replay` or `segment`. Steps are
writes to the database and what is asked of storage. Prints what was left in the end, a line for each time.
"""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import django  # noqa: E402

django.setup()

from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.storage import FileSystemStorage, storages  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from recordings import places  # noqa: E402
from recordings.models import Comment, Copy, Replay, Segment, SessionExport, Tombstone  # noqa: E402
from recordings.services import capture, purge  # noqa: E402
from rooms.models import Space  # noqa: E402
from tests.support import recorded, replayed  # noqa: E402
from tests.support.captured import Captured, files, segment  # noqa: E402

TALKS = (recorded.Talk("host", 1, 6, tone=440), recorded.Talk("speaker", 3, 5, tone=880))
WRITES = ("INSERT", "UPDATE", "DELETE", "COMMIT")


def expired() -> Space:
    """Two speakers, a replay with a comment, and a download; all of it a day past its date."""
    now = timezone.now()
    space = recorded.space(TALKS, ended=now - timedelta(days=31))
    replay = replayed.replay(space, TALKS)
    Comment.objects.create(replay=replay, user=space.host, at_ms=10, text="Well said", written_at=now)
    export = SessionExport(copy=space.copy, user=space.host, kind="host", state="ready", asked_at=now, size=3)
    export.file = places.export(space.pk, export.pk, "claim")
    storages[places.STORAGE].save(export.file, ContentFile(b"zip"))
    export.save()
    return space


def left(space_id, kind: str) -> dict:
    """What there still is of a Space, as JSON holds it."""
    copy, replay = Copy.objects.get(space=space_id), Replay.objects.get(space=space_id)
    folders = [places.space_folder(space_id), places.export_folder(space_id)]
    if kind == "replay":
        folders = [places.replay_folder(space_id)]
    tombs = Tombstone.objects.filter(of=places.tomb(kind, space_id))
    rows = {"segments": copy.segments, "exports": copy.exports, "comments": replay.comments}
    return {
        "state": copy.state if kind == "copy" else replay.state,
        "claim": str((copy if kind == "copy" else replay).purge_claimed_at),
        "files": sorted(name for folder in folders for name in files(folder)),
        "tombs": list(tombs.values_list("kind", "files", "reason")),
        "bytes_proved": all(tomb.bytes > 0 for tomb in tombs),
        "rows": {name: manager.count() for name, manager in rows.items()},
    }


def purge_of(kind: str, space_id) -> None:
    if kind == "copy":
        purge.copy(Copy.objects.get(space=space_id).pk)
    else:
        purge.expired_replay(Replay.objects.get(space=space_id).pk)


def captured(folder: Path) -> Captured:
    """The first segment of a Space, as a relay hands it over."""
    space = recorded.space(TALKS[:1])
    Segment.objects.filter(copy__space=space).delete()
    Copy.objects.filter(space=space).delete()
    return segment(recorded.of(space, "host"), folder, at_us=1)


def kept(of: Captured) -> dict:
    """What there is of it in the end."""
    rows = Segment.objects.filter(copy__space=of.space)
    there = {name for name in files(places.space_folder(of.space)) if name.endswith("/1-192000.opus")}
    return {
        "rows": rows.count(),
        "named": {row.name for row in rows} == there and len(there) == 1,
        "bytes": [storages[places.STORAGE].size(row.name) == row.bytes > 0 for row in rows],
        "spooled": of.path.exists(),
        "state": list(Copy.objects.filter(space=of.space).values_list("state", flat=True)),
    }


def forked(act: Callable[[], object], *, killed_at: int = 0) -> bool:
    """Whether a process of its own was killed while it did this."""
    # A connection is no two processes'.
    _let_go()
    pid = os.fork()
    if pid == 0:
        step = _steps(killed_at)
        for name in ("delete", "listdir", "_save"):
            setattr(FileSystemStorage, name, _counted(getattr(FileSystemStorage, name), step))
        with connection.execute_wrapper(_writes(step)):
            act()
        _let_go()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def _let_go() -> None:
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()


def _steps(killed_at: int) -> Callable[[], None]:
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1
        if taken == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def _counted(asked: Callable, step: Callable[[], None]) -> Callable:
    def counted(*args, **kwargs):
        step()
        return asked(*args, **kwargs)

    return counted


def _writes(step: Callable[[], None]) -> Callable:
    def wrapper(execute, sql, params, many, context):
        if sql.lstrip().upper().startswith(WRITES):
            step()
        return execute(sql, params, many, context)

    return wrapper


def main(kind: str) -> None:
    # The dead let go at once.
    purge.LEASE = timedelta(0)
    killed_at, killed = 0, True
    while killed and kind == "segment":
        killed_at += 1
        with tempfile.TemporaryDirectory() as folder:
            one = captured(Path(folder))
            killed = forked(partial(capture.keep, segment=one), killed_at=killed_at)
            forked(partial(capture.keep, segment=one))
            print(json.dumps(kept(one)), flush=True)
    while killed:
        killed_at += 1
        space_id = expired().pk
        killed = forked(partial(purge_of, kind, space_id), killed_at=killed_at)
        forked(partial(purge_of, kind, space_id))
        print(json.dumps(left(space_id, kind)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
