"""`python -m recordings.mixdown JOB.json`; the package says what a job is, and what comes of it."""

import contextlib
import json
import os
import signal
import sys
from pathlib import Path

from recordings.mixdown import job as jobs
from recordings.mixdown import result as results
from recordings.mixdown.encode import Files
from recordings.mixdown.mix import NothingToMix, mix
from recordings.mixdown.pcm import Pcm
from recordings.mixdown.redact import redact

DONE, FAILED, NOTHING = 0, 1, 3


def main(path: Path) -> int:
    job = jobs.read(json.loads(path.read_text()))
    temporary = job.result.with_name(f"{job.result.name}.pcm")
    files = Files()

    def clean() -> None:
        files.discard()
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()

    def stop(*_) -> None:
        # Threads in the middle of encoding are not waited for.
        clean()
        os._exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    try:
        found = (redact if job.redact else mix)(job, files, Pcm(temporary))
        sizes = files.settle()
        found["sizes"] = {kind: sizes[path] for kind, path in job.out.items()}
        results.write(job.result, found)
        return DONE
    except NothingToMix as nothing:
        results.write(job.result, {"nothing": nothing.why, **nothing.facts})
        print(f"nothing to mix: {nothing.why}", file=sys.stderr)
        return NOTHING
    finally:
        clean()


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1])))
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(FAILED)
