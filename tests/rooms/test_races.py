"""Simultaneous requests from real processes, on whatever database the tests run on."""

import os
import subprocess
import sys
from collections import Counter
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from rooms.models import Participant, Seat, Space
from rooms.services import stage
from tests.support import cast

PROCESSES = 8


def database_url() -> str:
    """The test database, as another process reaches it."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user, password, host = (quote(str(database[key] or ""), safe="") for key in ("USER", "PASSWORD", "HOST"))
    return f"postgres://{user}:{password}@{host}:{database['PORT'] or 5432}/{database['NAME']}"


def race(move: str, subjects: list[str]) -> Counter:
    """All at once, one process each; how often each outcome came."""
    env = os.environ | {"DATABASE_URL": database_url(), "VAR_DIR": str(settings.VAR_DIR), "DATABASE_POOL": "1"}
    command = [sys.executable, "-m", "tests.support.racer", move]
    racers = [
        subprocess.Popen(
            [*command, subject],
            env=env,
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for subject in subjects
    ]
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    return Counter(racer.communicate(timeout=60)[0].strip() for racer in racers)


@pytest.fixture
def nearly_full(committed_room):
    """Three seats are free and eight people are offered one."""
    for number in range(7):
        cast.seat(cast.enter(committed_room.space, cast.user(f"seated{number}")), by=committed_room.host)
    invited = [cast.enter(committed_room.space, cast.user(f"invited{number}")) for number in range(PROCESSES)]
    for participant in invited:
        stage.offer_seat(participant=participant, by=committed_room.host)
    assert Seat.objects.filter(space=committed_room.space).count() == 10
    return committed_room, invited


def test_thirteen_seats_and_never_a_fourteenth_whoever_comes_at_the_same_time(nearly_full):
    room, invited = nearly_full
    assert race("take_seat", [str(p.pk) for p in invited]) == {"done": 3, "stage_full": 5}
    slots = Seat.objects.filter(space=room.space).values_list("slot", flat=True)
    assert sorted(slots) == list(range(1, 14))
    still_offered = Participant.objects.filter(space=room.space, hand="offered").count()
    assert still_offered == 5


def test_one_person_pressing_in_eight_windows_takes_one_seat(nearly_full):
    room, invited = nearly_full
    assert race("take_seat", [str(invited[0].pk)] * PROCESSES) == {"done": PROCESSES}
    assert Seat.objects.filter(space=room.space, participant=invited[0]).count() == 1


def test_one_host_starting_eight_times_has_one_live_space(transactional_db):
    cast.user("eager")
    assert race("start", ["eager"] * PROCESSES) == {"done": 1, "already_live": PROCESSES - 1}
    assert Space.objects.filter(state="live").count() == 1


def test_one_person_joining_in_eight_windows_is_one_participant(committed_room):
    joiner = cast.user("eager")
    assert race("join", [f"{committed_room.space.slug}/eager"] * PROCESSES) == {"done": PROCESSES}
    assert Participant.objects.filter(space=committed_room.space, user=joiner).count() == 1


@pytest.mark.parametrize("slot", [0, 14, 1])
def test_the_database_itself_refuses_a_seat_that_is_not_there_or_taken(room, slot):
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.create(space=room.space, participant=room.listener, slot=slot)
