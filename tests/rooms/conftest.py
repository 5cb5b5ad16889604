import pytest

from tests.support import cast


@pytest.fixture
def room(db) -> cast.Cast:
    return cast.live_space()


@pytest.fixture
def committed_room(transactional_db) -> cast.Cast:
    """For tests in which other threads, sockets or processes look at the same rows."""
    return cast.live_space()


@pytest.fixture(autouse=True)
def _every_change_at_once(settings) -> None:
    """Changes are folded together only where a test is about that."""
    settings.ROSTER_INTERVAL = settings.CARD_INTERVAL = 0
