"""Gives every test process its own Redis and VAR_DIR, before Django reads its settings."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.conf import settings
from hypothesis.configuration import set_hypothesis_home_dir

from tests.support import append_only, redis
from tests.support.table import Table

_RESULTS = Path(os.environ.get("VAR_DIR", "var")).resolve() / "bench"
_tables: list[Table] = []
# Short: a unix socket's path holds 107 bytes.
_HOME = Path(tempfile.mkdtemp(prefix="openfloor-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
_REDIS_URL = redis.provide(_HOME)
os.environ["VAR_DIR"] = str(_HOME)
set_hypothesis_home_dir(_HOME / "hypothesis")
(_HOME / "static").mkdir()
(_HOME / "copies").mkdir()
(_HOME / "copies" / "openfloor.mark").touch()
# Read here, because pytest-django would read settings named in pyproject.toml or in the environment (which pytest-xdist
# hands on to its workers) before this file has run.
if settings.configured:
    raise SystemExit("tests choose their own settings: unset DJANGO_SETTINGS_MODULE")
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
# Conftests below import models.
django.setup()
del os.environ["DJANGO_SETTINGS_MODULE"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings) -> None:
    """A database file, as in production: SQLite in memory locks whole tables between threads."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(_HOME / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_kept_between_tests() -> Iterator[None]:
    """Not even what the database itself refuses to delete."""
    with append_only.emptied_between_tests():
        yield


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Rate limits counted in one test do not refuse the next."""
    redis.forget(_REDIS_URL, "openfloor:cache:*")


@pytest.fixture(autouse=True)
def _quick(settings) -> None:
    """Slow hashes keep passwords safe; tests have none to keep. Every Client would list all static files, of which few
    ask for any: they are looked up then."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="module")
def table(request) -> Table:
    """What this module measures: shown when all is done, and kept under VAR_DIR/bench of whoever runs the tests."""
    table = Table(request.module.__name__.rpartition("test_")[2])
    _tables.append(table)
    return table


def pytest_terminal_summary(terminalreporter) -> None:
    for table in _tables:
        if table.rows:
            terminalreporter.section(table.name)
            terminalreporter.write_line("\n".join([*table.lines(), f"Written to {table.write(_RESULTS)}"]))
