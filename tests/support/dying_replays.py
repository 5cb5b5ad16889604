"""A replay that is made by workers who are killed before their first write, then before their second, and so on:
`python -m tests.support.dying_replays`. Prints how often they were."""

from datetime import timedelta
from pathlib import Path

from tests.support import dying  # isort: skip  (sets up Django)

from recordings import mixing
from recordings.services import replays


def mixed(job: dict, work: Path, note) -> dict:
    """In place of the program: sound of a few bytes, which say whose they are."""
    note(50)
    for path in job["out"].values():
        Path(path).write_bytes(b"sound of " + work.name.encode())
    sizes = {kind: Path(path).stat().st_size for kind, path in job["out"].items()}
    voices = [[track["participant"], 0, 1000] for track in job["tracks"]]
    facts = {"duration_ms": 1000, "loudness": -16.0, "peaks": [255], "chapters": [], "periods_ms": [[0, 0, 1000]]}
    return facts | {"sizes": sizes, "voices": voices}


def make_replays(_: str) -> None:
    replays.LEASE = timedelta(0)
    mixing.run = mixed
    replays.make_waiting()
    replays.tidy_recent()


if __name__ == "__main__":
    print(dying.main(make_replays, ""))
