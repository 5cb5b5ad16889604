"""A replay that is ready, with real files, mixed in a moment by adding up what people said.

`python -m tests.support.replayed HANDLE "TITLE"` makes one in the installation of VAR_DIR, hosted by that account,
which is found or made, and prints the slug of its Space: for browsers.
"""

import os
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()

import av  # noqa: E402
import numpy as np  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.files import File  # noqa: E402
from django.core.files.storage import storages  # noqa: E402

from recordings import places, retention  # noqa: E402
from recordings.models import Replay  # noqa: E402
from rooms.models import Space  # noqa: E402
from rooms.relay.opus import SAMPLE_RATE  # noqa: E402
from tests.support import recorded  # noqa: E402
from tests.support.recorded import TALKS, Talk  # noqa: E402

CLAIM = "5" * 32
PEAKS = 1000


def replay(space: Space, talks: tuple[Talk, ...] = TALKS, **fields) -> Replay:
    """All of the Space's time, and everybody in it who said yes: `talks` are those of the Space, `fields` the
    replay's."""
    talks = tuple(talk for talk in talks if recorded.of(space, talk.who).recording_answer == "yes")
    mix = _mixed(talks, space.length.total_seconds())
    files = {kind: places.replay(space.pk, CLAIM, kind) for kind in ("m4a", "opus")}
    sizes = {f"{kind}_bytes": _store(name, mix) for kind, name in files.items()}
    voices = [
        [str(recorded.of(space, talk.who).pk), round(talk.start * 1000), round(talk.end * 1000)] for talk in talks
    ]
    spans = np.array_split(np.abs(mix), min(PEAKS, len(mix)))
    loudest = max(float(np.abs(mix).max()), 1e-9)
    found = {
        "state": Replay.State.READY,
        "title": space.title,
        "expires_at": retention.replay_until(space.ended_at, days=settings.RETENTION_DAYS),
        "wanted_at": space.ended_at,
        "ready_at": space.ended_at,
        "claim": CLAIM,
        "duration_ms": round(len(mix) / SAMPLE_RATE * 1000),
        "loudness": -16.0,
        "peaks": [round(255 * float(span.max()) / loudest) for span in spans],
        "voices": voices,
        "chapters": [
            {"at_ms": since, "title": recorded.of(space, talk.who).name, "participant": who}
            for (who, since, _), talk in zip(voices, talks, strict=True)
        ],
        "pieces": [[0, round(space.started_at.timestamp() * 1e6), round(len(mix) / SAMPLE_RATE * 1000)]],
    }
    # Where a worker runs it has found the Space by now, and waits for its last segments.
    return Replay.objects.update_or_create(space=space, defaults=found | files | sizes | fields)[0]


def _mixed(talks: tuple[Talk, ...], seconds: float) -> np.ndarray:
    mix = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    for talk in talks:
        first, last = (round(at * SAMPLE_RATE) for at in (talk.start, talk.end))
        mix[first:last] += np.resize(recorded.samples(talk.who, talk.tone), last - first)
    return mix


def _store(name: str, mix: np.ndarray) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        with av.open(str(path), "w", options={"movflags": "faststart"} if name.endswith("m4a") else {}) as container:
            stream = container.add_stream("aac" if name.endswith("m4a") else "libopus", rate=SAMPLE_RATE)
            stream.layout, stream.bit_rate = "mono", 48_000
            frame = av.AudioFrame.from_ndarray(mix[np.newaxis], format="fltp", layout="mono")
            frame.sample_rate = SAMPLE_RATE
            for packet in [*stream.encode(frame), *stream.encode(None)]:
                container.mux(packet)
        with path.open("rb") as file:
            storages[places.STORAGE].save(name, File(file))
        return path.stat().st_size


def main(handle: str, title: str) -> None:
    host = recorded.person(handle)
    print(replay(recorded.space(title=title, host=host)).space.slug)


if __name__ == "__main__":
    main(*sys.argv[1:])
