"""The web server lets through what a host sees of a crowd: a message that is too large would end their socket."""

from pathlib import Path

import pytest

from config.launch import FRAME_MAX, MESSAGE_MAX
from rooms import fragments
from rooms.services import stage
from tests.support import cast

README = Path(__file__).parents[2] / "README.md"
HANDS = 100


@pytest.mark.slow
def test_the_panel_of_a_full_stage_a_full_roster_and_a_hundred_hands_is_far_from_the_limit(db, settings):
    room = cast.live_space()
    for n in range(settings.MAX_SEATS - 3):
        cast.seat(cast.enter(room.space, cast.user(f"speaker_{n}")), by=room.host)
    for n in range(settings.ROSTER_FACES):
        cast.enter(room.space, cast.user(f"listener_{n}"))
        cast.enter(room.space)
    for n in range(HANDS):
        person = cast.enter(room.space, cast.user(f"hand_{n}"))
        stage.raise_hand(participant=person, by=person)
    size = len(fragments.snapshot(room.space.pk, room.now("host")).html.encode())
    print(f"{size / 1024:.0f} KiB for the host of {settings.MAX_SEATS} speakers and {HANDS} hands")
    assert size < MESSAGE_MAX / 4


def test_the_readme_gives_the_same_limits():
    limits = f"--websocket-max-message-size {MESSAGE_MAX} --websocket-max-frame-size {FRAME_MAX}"
    assert limits in README.read_text()
