"""Nobody is told twice or left out, whatever runs at the same time and whoever is killed in the middle."""

import os
import signal
import time
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from accounts.models import FanOut, Kind, Letter, Notification, User
from accounts.services import notifications
from rooms.services import spaces
from tests.support import cast
from tests.support.followers import followers_of
from tests.support.push_sink import Sink, rings, switched_on
from tests.support.races import PROCESSES, race, started

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
FOLLOWERS = 5_000


@pytest.fixture
def sink(settings, monkeypatch):
    """Known to other processes too."""
    sink = Sink()
    settings.PUSH_TEST_ORIGIN = sink.origin
    monkeypatch.setenv("PUSH_TEST_ORIGIN", sink.origin)
    yield sink
    sink.close()


@pytest.fixture
def on_air() -> User:
    """Somebody with a great many followers, none of whom is told yet."""
    host = cast.user("host")
    followers_of(host, FOLLOWERS)
    spaces.start(title="Evening talk", by=host)
    return host


def everybody_once() -> bool:
    rows = Notification.objects.filter(kind=Kind.LIVE)
    return rows.count() == rows.values("user").distinct().count() == FOLLOWERS == FanOut.objects.get().told


def test_told_by_eight_at_once_somebody_is_told_once():
    ana, bo = cast.user("ana"), cast.user("bo")
    assert race("tell", [f"{ana.pk}/{bo.pk}"] * PROCESSES) == {"done": PROCESSES}
    assert Notification.objects.count() == 1


def test_eight_workers_tell_every_follower_once(on_air):
    assert race("tell_followers", [""] * PROCESSES) == {"done": PROCESSES}
    # One who found it taken left it to the others.
    while notifications.tell_batch() is not None:
        pass
    assert everybody_once()


def test_a_worker_that_is_killed_in_the_middle_leaves_the_rest_to_the_next(on_air):
    worker = started([("tell_followers", "")])
    until = time.monotonic() + 60
    while not FanOut.objects.filter(told__gt=0).exists():
        assert time.monotonic() < until and worker.poll() is None
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    assert 0 < FanOut.objects.get().told < FOLLOWERS
    assert FanOut.objects.get().told == Notification.objects.filter(kind=Kind.LIVE).count()
    while notifications.tell_batch() is not None:
        pass
    assert everybody_once()


def test_eight_workers_push_to_a_browser_once(sink):
    ana, window = cast.user("ana"), Client()
    window.force_login(ana)
    switched_on(window, sink)
    for number in range(4):
        rings(ana, cast.user(f"bo{number}"))
    race("push", [""] * PROCESSES)
    assert len(sink.to("ana")) == 4


def test_eight_workers_write_one_mail_of_the_day():
    ana, bo = cast.user("ana"), cast.user("bo")
    notifications.wish(kind=Kind.FOLLOW, way="by_mail", on=True, by=ana)
    notifications.tell(kind=Kind.FOLLOW, users=[ana.pk], actor=bo.pk)
    Notification.objects.update(created_at=F("created_at") - timedelta(hours=2))
    assert race("write_digests", [""] * PROCESSES) == {"done": PROCESSES}
    assert Letter.objects.count() == 1
