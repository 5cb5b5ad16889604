"""A whole Openfloor of the benchmark's own: VAR_DIR, Redis, database, a relay process and a Space full of people.

Used by tests.benchmarks.sound. `open_house` must run before anything imports Django's settings.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

CPUS = sorted(os.sched_getaffinity(0))
TICKS_PER_SECOND, PAGE_BYTES = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
PR_SET_PDEATHSIG = 1
ROOT = Path(__file__).resolve().parent.parent.parent


@contextlib.contextmanager
def open_house() -> Iterator[Path]:
    """A temporary VAR_DIR with a Redis and a migrated database, set up for this process and its children."""
    from tests.support import redis

    home = Path(tempfile.mkdtemp(prefix="openfloor-bench-"))
    for name in ("REDIS_URL", "DATABASE_URL"):
        os.environ.pop(name, None)
    os.environ |= {"VAR_DIR": str(home), "DJANGO_SETTINGS_MODULE": "config.settings", "RELAY_ADDRESS": "127.0.0.1"}
    try:
        redis.provide(home)
        manage("migrate", "--verbosity", "0").wait()
        import django

        django.setup()
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def manage(*arguments: str, **options) -> subprocess.Popen:
    return python("manage.py", *arguments, **options)


def python(*arguments: str, **options) -> subprocess.Popen:
    return launch(sys.executable, *arguments, **options)


def launch(*command: str, prefix: tuple[str, ...] = (), cpu: int | None = None, **options) -> subprocess.Popen:
    """A child on one CPU of its own, where the machine has several; it dies with the benchmark."""
    process = subprocess.Popen([*prefix, *command], cwd=ROOT, preexec_fn=die_with_parent, **options)
    pin(process.pid, cpu)
    return process


def die_with_parent() -> None:
    # prctl(2), Linux only: the kernel ends the child even when the benchmark is killed.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def pin(pid: int, cpu: int | None) -> None:
    if cpu is not None and len(CPUS) > 1:
        os.sched_setaffinity(pid, {CPUS[cpu % len(CPUS)]})


@contextlib.contextmanager
def stopping(process: subprocess.Popen) -> Iterator[subprocess.Popen]:
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").iterdir():
            # Threads come and go meanwhile.
            with contextlib.suppress(FileNotFoundError):
                found += map(int, (task / "children").read_text().split())
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its descendants, all threads (proc(5))."""
    ticks = 0
    for each in family(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND


def resident_bytes(pid: int) -> int:
    return sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) * PAGE_BYTES for each in family(pid))


def descriptors(pid: int) -> int:
    return sum(len(os.listdir(f"/proc/{each}/fd")) for each in family(pid))


def threads(pid: int) -> int:
    return sum(len(os.listdir(f"/proc/{each}/task")) for each in family(pid))


def seed(listeners: int, speakers: int = 1) -> tuple[str, list[str], list[str]]:
    """A live Space with open microphones, the host's first: (space id, speakers' participant ids, listeners' ids)."""
    from django.utils import timezone

    from accounts.models import User
    from rooms.models import Participant, Space
    from rooms.services import spaces, stage
    from tests.support.cast import enter, seat

    host = User.objects.create_user("bench", "bench@example.org", None, display_name="Bench")
    space = spaces.start(title="Benchmark", speak_permission=Space.SpeakPermission.EVERYONE, by=host)
    seated = Participant.objects.get(space=space)
    stage.unmute(participant=seated, by=seated)
    others = [
        seat(
            enter(space, User.objects.create_user(f"voice{number}", f"voice{number}@example.org")), seated, muted=False
        )
        for number in range(1, speakers)
    ]
    now = timezone.now()
    guests = [Participant(space=space, guest=f"{number:064x}", joined_at=now) for number in range(listeners)]
    Participant.objects.bulk_create(guests, batch_size=500)
    return str(space.pk), [str(each.pk) for each in (seated, *others)], [str(guest.pk) for guest in guests]


class Child:
    """A python process commanded line by line: a JSON object in, a JSON object out."""

    def __init__(self, module: str, *arguments: str, **options) -> None:
        self.process = python(
            "-m", module, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options
        )

    def ask(self, **command) -> dict:
        """Raises RuntimeError when the child has died or answers with an `error`."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(command) + "\n")
            self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline() or '{"error": "it died"}')
        if "error" in reply:
            raise RuntimeError(f"{self.process.args[-1]}: {reply['error']}")
        return reply

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
