"""Simultaneous requests from real processes, on whatever database the tests run on."""

import os
import subprocess
import sys
from collections import Counter
from itertools import chain
from urllib.parse import quote

from django.conf import settings
from django.db import connection

PROCESSES = 8


def race(move: str, subjects: list[str]) -> Counter:
    """All at once, one process each; how often each outcome came."""
    return race_of([(move, subject) for subject in subjects])


def race_of(moves: list[tuple[str, str]]) -> Counter:
    said = started(moves).communicate(timeout=60)[0].strip().splitlines()
    # The last lines: mails of an installation without a mail server are printed before them.
    return Counter(said[-len(moves) :])


def started(moves: list[tuple[str, str]]) -> subprocess.Popen:
    """All ready, and then let go. Whoever kills it kills its process group."""
    racers = subprocess.Popen(
        [sys.executable, "-m", "tests.support.racer", *chain.from_iterable(moves)],
        env=os.environ | {"DATABASE_URL": database_url(), "VAR_DIR": str(settings.VAR_DIR), "DATABASE_POOL": "1"},
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert racers.stdout.readline() == "ready\n"
    racers.stdin.write("go\n")
    racers.stdin.flush()
    return racers


def database_url() -> str:
    """The test database, as another process reaches it."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user, password, host = (quote(str(database[key] or ""), safe="") for key in ("USER", "PASSWORD", "HOST"))
    return f"postgres://{user}:{password}@{host}:{database['PORT'] or 5432}/{database['NAME']}"
