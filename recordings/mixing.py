"""The mixdown as Celery's services use it: local files for a job, the program that does it, and what came of it.

Knows no claims and no states: recordings.services.replays does. `recordings.mixdown` says what a job and a result are.
"""

import json
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.files.storage import storages

from recordings import places
from recordings.models import Replay, Segment
from rooms.selectors.recording import Span

# Another mixing may have taken its place long before: this ends one that hangs.
MIXING_SECONDS_MOST = 3600
NOTHING = 3
# How much a program may say of why it failed.
LINES_KEPT = 5
KINDS = ("m4a", "opus")
# Somebody who withdrew is silenced from a little before they are known to talk.
AROUND_MS = 200
# Whoever fetches what there is to mix is heard of so often.
HEARD_OF_SECONDS = 10
_PROGRESS = "progress "


class MixingFailed(Exception):
    """The program ended with neither files nor nothing; the message is what it said last."""


def folder(claim: str) -> Path:
    """Where one mixing works, on the disk of VAR_DIR: an hour is half a gigabyte on its way."""
    return settings.VAR_DIR / "mixing" / claim


def sweep(claims: Callable[[], set[str]]) -> None:
    """Folders of mixings that are no more, such as those that were killed. The claims under way are asked for after the
    folders are listed: a mixing claims before it has a folder."""
    home = folder("")
    found = list(home.iterdir()) if home.exists() else []
    mixed = claims() if found else set()
    for left in found:
        if left.name not in mixed:
            shutil.rmtree(left, ignore_errors=True)


def of_segments(replay: Replay, work: Path, note: Callable[[int], None], *, spans: dict, periods: list[Span]) -> dict:
    """The job of a mixing from what was captured of those who agreed. `note` as in `run`, since what lies elsewhere is
    fetched first. Raises what storage raises."""
    rows = Segment.objects.filter(copy__space=replay.space_id, participant__in=spans).order_by("started_us", "pk")
    tracks = {pk: {"participant": str(pk), "spans_us": _us(mine), "segments": []} for pk, mine in spans.items()}
    heard_of = time.monotonic()
    for row in rows:
        if time.monotonic() - heard_of >= HEARD_OF_SECONDS:
            note(0)
            heard_of = time.monotonic()
        segment = {"path": _local(row.name, work), "started_us": row.started_us, "samples": row.samples}
        tracks[row.participant_id]["segments"].append(segment)
    return _job(replay, work) | {"periods_us": _us(periods), "tracks": list(tracks.values())}


def of_itself(replay: Replay, work: Path, *, silenced: set[str]) -> dict:
    """The job of silencing people in the mix there is, whose segments are gone."""
    silence = [[max(0, since - AROUND_MS), until + AROUND_MS] for who, since, until in replay.voices if who in silenced]
    # Ogg Opus says to the sample where it begins and ends (RFC 7845, section 4).
    source = {"source": _local(replay.opus, work), "silence_ms": silence, "duration_ms": replay.duration_ms}
    left = [voice for voice in replay.voices if voice[0] not in silenced]
    return _job(replay, work) | {"redact": source, "voices": left}


def run(job: dict, work: Path, note: Callable[[int], None]) -> dict:
    """The result, which has `nothing` when there is nothing to mix. `note` is called with per cents and may raise,
    which ends it; raises MixingFailed."""
    path = work / "job.json"
    path.write_text(json.dumps(job))
    command = ["nice", "-n", "10", sys.executable, "-m", "recordings.mixdown", str(path)]
    out = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    program = subprocess.Popen(command, cwd=settings.BASE_DIR, **out)  # noqa: S603  (nothing of it comes from outside)
    clock = threading.Timer(MIXING_SECONDS_MOST, program.kill)
    clock.start()
    said: deque[str] = deque(maxlen=LINES_KEPT)
    try:
        for line in program.stdout:
            if line.startswith(_PROGRESS):
                note(round(100 * float(line.removeprefix(_PROGRESS))))
            else:
                said.append(line.strip())
        status = program.wait()
    finally:
        clock.cancel()
        program.kill()
        program.wait()
        program.stdout.close()
    if status not in (0, NOTHING):
        raise MixingFailed(f"ended with {status}: {' '.join(said)}")
    return json.loads(Path(job["result"]).read_text())


def _job(replay: Replay, work: Path) -> dict:
    out = {kind: str(work / f"replay.{kind}") for kind in KINDS}
    return {"result": str(work / "result.json"), "out": out, "title": replay.title}


def _local(name: str, work: Path) -> str:
    """A path to read it at: where it lies, or a copy of what lies elsewhere."""
    storage = storages[places.STORAGE]
    try:
        return storage.path(name)
    except NotImplementedError:
        copy = work / "in" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        with storage.open(name) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
        return str(copy)


def _us(spans: list[Span]) -> list[list[int]]:
    return [[_moment(since), _moment(until)] for since, until in spans]


def _moment(at: datetime) -> int:
    return round(at.timestamp() * 1e6)
