"""WHIP and WHEP for six people, as table.txt says; no relay runs, so that whoever is let in reads 503."""

import pytest

from tests.urls.rows import OF_SOUND, compare
from tests.urls.world import ROLES, World, world

OFFER = {"data": b"v=0\r\n", "content_type": "application/sdp"}


@pytest.fixture
def everything(transactional_db, settings) -> World:
    # Nothing is left to be done when the test is over.
    settings.ROSTER_INTERVAL = 0
    return world()


@pytest.mark.parametrize("row", OF_SOUND, ids=" ".join)
def test_everybody_who_asks_for_sound_is_answered_as_the_table_says(everything, row):
    name, method = row
    path = everything.address(name)
    compare(row, tuple(everything.browser(role).generic(method, path, **OFFER).status_code for role in ROLES))
