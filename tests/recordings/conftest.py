from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.storage import storages

from recordings import places, storing
from tests.support import cast


@pytest.fixture
def room(db) -> cast.Cast:
    return cast.live_space()


@pytest.fixture
def committed_room(transactional_db) -> cast.Cast:
    """For tests in which other threads or processes look at the same rows."""
    return cast.live_space()


@pytest.fixture
def storage(tmp_path, settings) -> Iterator:
    """The storage of copies, with nothing but its mark."""
    folder = tmp_path / "copies"
    options = settings.STORAGES[places.STORAGE]["OPTIONS"] | {"location": folder}
    settings.STORAGES = settings.STORAGES | {places.STORAGE: settings.STORAGES[places.STORAGE] | {"OPTIONS": options}}
    storing.mark()
    return storages[places.STORAGE]


@pytest.fixture
def spool(tmp_path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder
