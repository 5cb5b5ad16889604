"""Fixtures for tests of set-up: an empty VAR_DIR, and installations that end with their test."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.setup.installation import Installation


@pytest.fixture
def var() -> Iterator[Path]:
    # Short, and outside pytest's long directories: a unix socket's path holds 107 bytes.
    directory = Path(tempfile.mkdtemp(prefix="openfloor-"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def up(var) -> Iterator[Callable[..., Installation]]:
    started: list[Installation] = []

    def start(*arguments: str, at: Path | None = None, **env: str) -> Installation:
        started.append(Installation(at or var, *arguments, **env))
        return started[-1]

    yield start
    for installation in started:
        installation.close()
