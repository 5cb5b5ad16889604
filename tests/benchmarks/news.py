"""What it costs to tell the followers of somebody who starts a Space: `make bench-news`, on PostgreSQL.

Measured: how long the request takes that starts it, beside one of a host nobody follows; how long until everybody is
told, by real workers; what a batch takes; the worker's memory; and whether a worker that is killed in the middle has
told anybody twice or leaves anybody out. Writes its table to docs/performance.md.
"""

import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import FanOut, Notification, User  # noqa: E402
from config.celery import app  # noqa: E402
from rooms.models import Space  # noqa: E402
from tests.benchmarks import written  # noqa: E402
from tests.support.followers import followers_of  # noqa: E402

FOLLOWERS = int(os.environ.get("FOLLOWERS", "100000"))
# A person may start ten in ten minutes.
STARTS = 9
BEGIN, END = "<!-- make bench-news writes from here -->", "<!-- to here -->"
WORKER = [sys.executable, "-W", "ignore", "-m", "celery", "-q", "--skip-checks", "-A", "config", "worker"]
WORKER += ["--pool", "threads", "-c", "3", "--without-gossip", "--without-mingle", "--loglevel", "ERROR"]


def main() -> None:
    if connection.vendor != "postgresql":
        raise SystemExit("DATABASE_URL must name an empty PostgreSQL database, and REDIS_URL a Redis of its own.")
    call_command("migrate", interactive=False, verbosity=0)
    settings.ALLOWED_HOSTS = ["*"]
    nobody, somebody = _host("nobody"), _host("somebody")
    print(f"making {FOLLOWERS:,} followers")
    followers_of(somebody, FOLLOWERS)
    without, with_them = [], []
    for _ in range(STARTS):
        # In turns: what else the machine does meets both alike.
        without.append(_start(nobody))
        with_them.append(_start(somebody))
    _forget()
    whole = _told_by_worker(somebody, killed=False)
    _forget()
    killed = _told_by_worker(somebody, killed=True)
    _write(statistics.median(without), statistics.median(with_them), whole, killed)


def _host(name: str) -> User:
    handle = f"{name}{int(time.time())}"
    return User.objects.create_user(handle, f"{handle}@example.org", None, display_name=name.title())


def _start(host: User) -> float:
    """Seconds until the request that starts a Space is answered; the Space is over afterwards."""
    client = Client()
    client.force_login(host)
    begun = time.perf_counter()
    form = {"title": "Evening talk", "when": "now", "language": "en", "speak_permission": "invited"}
    answer = client.post(reverse("spaces"), form | {"guests_allowed": "on"})
    taken = time.perf_counter() - begun
    assert Space.objects.filter(host=host, state="live").exists(), answer.content.decode()[:2000]
    Space.objects.filter(host=host, state="live").update(state="ended", ended_at=timezone.now(), end_cause="host")
    return taken


def _forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_notification, accounts_fanout")
    app.control.purge()


def _told_by_worker(host: User, *, killed: bool) -> dict[str, float]:
    """`killed`: the worker is, by SIGKILL, once a third is told, and another one takes over."""
    worker, memory, batches = subprocess.Popen(WORKER), 0, []
    try:
        time.sleep(5)
        space = Space.objects.create(host=host, title="Evening talk", started_at=timezone.now())
        work = FanOut.objects.create(kind="live", actor=host, subject=f"space:{space.pk}")
        begun, seen, since, victim, ask_at = time.perf_counter(), 0, time.perf_counter(), False, 0.0
        while True:
            if time.monotonic() > ask_at:
                # As the start of a Space does at once, and beat every ten seconds.
                app.send_task("accounts.tasks.fan_out")
                ask_at = time.monotonic() + 10
            work.refresh_from_db()
            if work.told > seen:
                now = time.perf_counter()
                batches.append((now - since) * 1000 * 1_000 / (work.told - seen))
                seen, since, memory = work.told, now, max(memory, _rss(worker.pid))
            if killed and not victim and work.told > FOLLOWERS / 3:
                worker.send_signal(signal.SIGKILL)
                worker.wait()
                worker, victim = subprocess.Popen(WORKER), True
            if work.finished_at:
                break
            time.sleep(0.05)
        taken = time.perf_counter() - begun
        rows = Notification.objects.filter(subject=work.subject)
        told, once = rows.count(), rows.values("user").distinct().count()
        space.state, space.ended_at, space.end_cause = "ended", timezone.now(), "host"
        space.save()
        return {"seconds": taken, "batch": statistics.median(batches), "mib": memory, "told": told, "once": once}
    finally:
        worker.terminate()
        worker.wait()


def _rss(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024


def _write(without: float, with_them: float, whole: dict, killed: dict) -> None:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    machine = f"{os.cpu_count()} × {model[1] if model else platform.machine()}"
    version = connection.pg_version // 10_000
    lines = [
        f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC at {commit} on {machine}, Linux {platform.release()}, "
        f"Python {platform.python_version()}, PostgreSQL {version}; one worker with three threads, "
        f"{FOLLOWERS:,} followers, median of {STARTS} starts.",
        "",
        "| | |",
        "| --- | ---: |",
        f"| the request that starts the Space, beside a host nobody follows | {with_them / without:.2f} × |",
        f"| the same in ms, with followers and without | {with_them * 1000:.0f} and {without * 1000:.0f} |",
        f"| all are told after | {whole['seconds']:.0f} s, {FOLLOWERS / whole['seconds']:,.0f} a second |",
        f"| a batch of 1,000, with its rows, news to sockets and all | {whole['batch']:.0f} ms |",
        f"| the worker's memory at its most | {whole['mib']:.0f} MiB |",
        f"| the worker killed after a third, and another one started: all told after | {killed['seconds']:.0f} s |",
        f"| told twice, left out | {killed['told'] - killed['once']}, {FOLLOWERS - killed['once']} |",
    ]
    print("\n".join(lines))
    written.put("\n".join(lines), BEGIN, END)


if __name__ == "__main__":
    main()
