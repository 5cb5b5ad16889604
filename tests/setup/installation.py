"""`manage.py up` as people run it: a process of its own, a VAR_DIR of its own, nothing taken over from the tests."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from config.supervisor import die_with_parent

HOME = Path(__file__).resolve().parents[2]
READY_WITHIN = 60
STOPPED_WITHIN = 40
_READY = re.compile(r"Openfloor is ready at (\S+)$", re.MULTILINE)


class Installation:
    """One `manage.py up`. `output` is what a person would have read so far."""

    def __init__(self, var: Path, *arguments: str, **env: str) -> None:
        self.var = var
        self.log = tempfile.NamedTemporaryFile("r", prefix="openfloor-up-")
        self.process = subprocess.Popen(
            [sys.executable, str(HOME / "manage.py"), "up", "--port", "0", *arguments],
            env=environment(var, **env),
            stdin=subprocess.DEVNULL,
            stdout=open(self.log.name, "w"),
            stderr=subprocess.STDOUT,
            # Tests that are killed leave nothing either.
            preexec_fn=die_with_parent(os.getpid()),
        )

    @property
    def output(self) -> str:
        return Path(self.log.name).read_text()

    def until_ready(self) -> str:
        """The address it announced. Fails with the output when it ends or takes too long."""
        wait_for(lambda: _READY.search(self.output) or self.process.poll() is not None, READY_WITHIN)
        assert (found := _READY.search(self.output)), self.output
        return found[1]

    def processes(self) -> dict[int, str]:
        """Everything alive that works on this VAR_DIR: process id -> command line."""
        return processes(str(self.var))

    def stop(self) -> None:
        """Asks it to end, as Ctrl-C does, and waits until it has."""
        self.process.send_signal(signal.SIGTERM)
        self.wait()

    def wait(self) -> int:
        return self.process.wait(STOPPED_WITHIN)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(STOPPED_WITHIN)
        self.log.close()


@contextlib.contextmanager
def installed(*arguments: str, **env: str) -> Iterator[Installation]:
    """One with a VAR_DIR of its own, which goes with it."""
    # Short: a unix socket's path holds 107 bytes.
    var = Path(tempfile.mkdtemp(prefix="openfloor-"))
    running = Installation(var, *arguments, **env)
    try:
        yield running
    finally:
        running.close()
        shutil.rmtree(var, ignore_errors=True)


def processes(mark: str) -> dict[int, str]:
    """Everything alive, but this process, with `mark` in its environment or command line: process id -> the latter."""
    found = {}
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            seen = (directory / "environ").read_bytes() + (directory / "cmdline").read_bytes()
            if mark.encode() in seen and int(directory.name) != os.getpid():
                found[int(directory.name)] = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, ValueError):
            continue
    return found


def environment(var: Path, **env: str) -> dict[str, str]:
    """A fresh machine's: only what the interpreter needs, and VAR_DIR."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "VAR_DIR": str(var), **env}


def wait_for(condition: Callable[[], object], seconds: float) -> None:
    """Returns as soon as the condition holds; the assertion afterwards says what went wrong if it never does."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
