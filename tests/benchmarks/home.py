"""How long the home page and the search take for whom, with a crowd: `make bench-home` with DATABASE_URL of PostgreSQL.

Fills an empty database first (manage.py seed_crowd). Times are those of the server's own code, request to response,
in one process as it runs in production: on the clock, and as processor time of that process, which others on the
machine lengthen less.
"""

import os
import secrets
import statistics
import subprocess
import sys
import time
from datetime import date

os.environ |= {"DEBUG": "0", "SECRET_KEY": secrets.token_hex(32), "ALLOWED_HOSTS": "testserver"}

from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.test import Client  # noqa: E402

import config.asgi  # noqa: E402, F401  (what the server loads, and leaves out when it looks for garbage)
from accounts.models import Follow, User  # noqa: E402
from rooms.models import Space  # noqa: E402
from tests.benchmarks import written  # noqa: E402
from tests.benchmarks.plans import plans  # noqa: E402

ROUNDS = 100
BEGIN, END = "<!-- home: written by make bench-home -->", "<!-- home: end -->"


def main() -> None:
    if connection.vendor != "postgresql":
        sys.exit("openfloor: this measures PostgreSQL; set DATABASE_URL.")
    # No page is a redirect to TLS.
    settings.SECURE_SSL_REDIRECT = False
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    if not User.objects.filter(handle__startswith="crowd_").exists():
        call_command("seed_crowd")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    before = os.getloadavg()[0]
    rows = [measured(name, path, who) for name, path, who in cases()]
    write([*head(before), *table(rows), *how(rows)])


def cases() -> list[tuple]:
    people = {many: follower_of(many) for many in (0, 50, 2000)}
    home = [("Home, visitor", "/", None)]
    home += [(f"Home, follows {many:,}", "/", person) for many, person in people.items()]
    home += [("Home, narrowed to a language and a topic", "/?language=de&topic=Bees", people[50])]
    words = {"common word": "jazz", "two common words": "jazz bees", "rare word": "ornithopter", "first letter": "a"}
    return home + [
        (f"Search, {name}", f"/search/?q={text.replace(' ', '+')}", people[50]) for name, text in words.items()
    ]


def follower_of(many: int) -> User:
    """Somebody of the crowd who follows about so many."""
    if many == 0:
        return User.objects.filter(handle__startswith="crowd_", following__isnull=True).order_by("pk").first()
    counts = Follow.objects.values("follower").annotate(n=Count("pk")).filter(n__gte=many).order_by("n", "follower")
    return User.objects.get(pk=counts.first()["follower"])


def measured(name: str, path: str, who: User | None) -> dict:
    """Cold is the first request of a new connection to the database, which has planned nothing yet."""
    client = Client(headers={"Accept-Language": "en"})
    if who:
        client.force_login(who)
    client.get("/healthz")
    connection.close()
    cold, _ = timed(client, path, who)
    queries: list[str] = []
    with connection.execute_wrapper(lambda execute, sql, *rest: queries.append(sql) or execute(sql, *rest)):
        client.get(path)
    hot = [timed(client, path, who) for _ in range(ROUNDS)]
    wall, own = sorted(t for t, _ in hot), sorted(t for _, t in hot)
    return {
        "name": name,
        "queries": len(queries),
        "cold": cold,
        "p50": statistics.median(wall),
        "p95": wall[int(len(wall) * 0.95)],
        "own": statistics.median(own),
        "plans": plans(client, path),
    }


def timed(client: Client, path: str, who: User | None) -> tuple[float, float]:
    """Milliseconds on the clock, and of this process."""
    # The limit on searches is not what is measured.
    cache.delete(f"limit:search:{who.pk if who else ''}")
    wall, own = time.perf_counter(), time.process_time()
    answer = client.get(path)
    spent = (time.perf_counter() - wall) * 1000, (time.process_time() - own) * 1000
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return spent


def head(load: float) -> list[str]:
    named = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(named, capture_output=True, text=True).stdout.strip()  # noqa: S603
    facts = {
        "people": User.objects.count(),
        "follows": Follow.objects.count(),
        "live Spaces": Space.objects.filter(state="live").count(),
        "Spaces in all": Space.objects.count(),
    }
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0].split()[0]
    crowd = ", ".join(f"{count:,} {what}" for what, count in facts.items())
    return [
        f"Measured {date.today()} at {commit}: PostgreSQL {version} and one process of ours on {os.cpu_count()} cores,",
        f"{crowd}; {ROUNDS} requests each, one after the other.",
        f"The load of the machine was {load:.1f} before and {os.getloadavg()[0]:.1f} after. p50 and p95 are on the",
        "clock, database included; *own* is the processor time of our process alone. The ratio is p95 to a visitor's.",
        "",
    ]


def table(rows: list[dict]) -> list[str]:
    unit = rows[0]["p95"]
    lines = [
        "| | queries | cold ms | p50 ms | p95 ms | ratio | own ms |",
        "| --- | --: | --: | --: | --: | --: | --: |",
    ]
    for row in rows:
        figures = (
            f"{row['cold']:.0f} | {row['p50']:.0f} | {row['p95']:.0f} | {row['p95'] / unit:.1f} | {row['own']:.0f}"
        )
        lines.append(f"| {row['name']} | {row['queries']} | {figures} |")
    return lines


def how(rows: list[dict]) -> list[str]:
    lines = ["", "The three dearest queries of each, planning included, and how the database reaches their rows:"]
    for row in rows:
        lines += ["", f"{row['name']}", "", *(row["plans"])]
    return lines


def write(lines: list[str]) -> None:
    print("\n".join(lines))
    written.put("\n".join(lines), BEGIN, END)


if __name__ == "__main__":
    main()
