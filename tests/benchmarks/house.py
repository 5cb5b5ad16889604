"""A whole Openfloor of the benchmark's own: VAR_DIR, Redis, database, a relay process and a Space full of people.

Used by tests.benchmarks.relay. `open_house` must run before anything imports Django's settings.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

CPUS = sorted(os.sched_getaffinity(0))
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
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


def manage(*arguments: str, cpu: int | None = None) -> subprocess.Popen:
    return python("manage.py", *arguments, cpu=cpu)


def python(*arguments: str, cpu: int | None = None, **options) -> subprocess.Popen:
    """A child on one CPU of its own, where the machine has several."""
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, **options)
    pin(process.pid, cpu)
    return process


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


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all threads (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def seed(listeners: int) -> tuple[str, str, list[str]]:
    """A live Space whose host's microphone is open: (space id, the host's participant id, listeners' ids)."""
    from django.utils import timezone

    from accounts.models import User
    from rooms.models import Participant, Space
    from rooms.services import spaces, stage

    host = User.objects.create_user("bench", "bench@example.org", None, display_name="Bench")
    space = spaces.start(title="Benchmark", speak_permission=Space.SpeakPermission.EVERYONE, by=host)
    seated = Participant.objects.get(space=space)
    stage.unmute(participant=seated, by=seated)
    now = timezone.now()
    guests = [Participant(space=space, guest=f"{number:064x}", joined_at=now) for number in range(listeners)]
    Participant.objects.bulk_create(guests)
    return str(space.pk), str(seated.pk), [str(guest.pk) for guest in guests]


class Crowd:
    """A process of cheap listeners (tests.benchmarks.crowd), commanded line by line."""

    def __init__(self, *arguments: str, cpu: int) -> None:
        self.process = python(
            "-m",
            "tests.benchmarks.crowd",
            *arguments,
            cpu=cpu,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **command) -> dict:
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def packets_in(self, seconds: float) -> int:
        """RTP packets that arrived in the next `seconds`."""
        before = self.ask(do="count")["packets"]
        time.sleep(seconds)
        return self.ask(do="count")["packets"] - before

    def close(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
