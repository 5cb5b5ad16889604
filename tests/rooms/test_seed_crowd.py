"""The made-up crowd of the benchmark: never by accident, the same every time, and as rows may be."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Follow, User
from rooms.models import Participant, Space
from tests.support.promises import Rows, check

SMALL = {"users": 60, "follows": 200, "live": 8, "past": 10, "upcoming": 5}


@pytest.fixture(autouse=True)
def _debug(db, settings):
    settings.DEBUG = True


def test_it_is_refused_where_strangers_come(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG=0"):
        call_command("seed_crowd", **SMALL)
    assert not User.objects.exists()


def test_it_is_made_once():
    call_command("seed_crowd", **SMALL)
    with pytest.raises(CommandError, match="already"):
        call_command("seed_crowd", **SMALL)


def test_nobody_hosts_two():
    with pytest.raises(CommandError, match="one Space at a time"):
        call_command("seed_crowd", **SMALL | {"live": 61})


def test_it_is_as_large_as_asked_and_keeps_what_rooms_promise():
    call_command("seed_crowd", **SMALL)
    states = {state: Space.objects.filter(state=state).count() for state in ("live", "ended", "scheduled")}
    assert states == {"live": 8, "ended": 10, "scheduled": 5}
    assert (User.objects.count(), Follow.objects.count()) == (60, 200)
    check(Rows(timezone.now()))


def test_the_same_seed_makes_the_same():
    def made() -> tuple:
        call_command("seed_crowd", **SMALL, seed=7)
        people = list(User.objects.order_by("pk").values_list("handle", "bio", "shows_listening"))
        titles = list(Space.objects.order_by("host__handle", "state").values_list("title", "language", "audience"))
        Participant.objects.all().delete()
        Space.objects.all().delete()
        User.objects.all().delete()
        return people, titles

    assert made() == made()
