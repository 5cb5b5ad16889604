"""Mails and a mail server that is silent, slow, full or gone: each mail once, and nobody else waits for it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache

from accounts.models import Kind, User
from accounts.services import notifications
from rooms import tasks
from rooms.models import Notice
from rooms.services import reminders, schedule
from rooms.tasks import MAILING_KEY, remind, send_mails
from tests.support import cast
from tests.support.planned import plan
from tests.support.postbox import postbox

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
READERS = [f"guest{n}@example.org" for n in range(1, 4)]


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def server(settings):
    with postbox() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = running.server_address
        settings.EMAIL_TIMEOUT = 0.5
        yield running


@pytest.fixture
def cancelled(db, clock):
    """Three people are to be told."""
    space = plan(cast.user("host"), "Gardens", at=NOW + timedelta(days=1))
    for n in range(1, 4):
        reminders.ask(space=space, by=cast.user(f"guest{n}"))
    schedule.cancel(space=space, by=space.host)


def unclaimed() -> int:
    return Notice.objects.filter(mailed_at__isnull=True).count()


def test_whoever_wants_no_reminders_by_mail_gets_none(cancelled, server):
    reader = User.objects.get(handle="guest1")
    notifications.wish(kind=Kind.REMINDER, way="by_mail", on=False, by=reader)
    send_mails()
    assert server.taken == READERS[1:]


def test_everybody_gets_one_mail(cancelled, server):
    assert [send_mails(), send_mails()] == [3, 0]
    assert server.taken == READERS


@pytest.mark.parametrize("manner", ["be silent", "away"])
def test_a_server_that_does_not_answer_is_asked_once_a_round_and_nothing_is_lost(cancelled, server, settings, manner):
    server.manner = manner
    if manner == "away":
        settings.EMAIL_PORT = 1
    assert send_mails() == 0
    assert (unclaimed(), server.taken) == (3, [])
    server.manner, settings.EMAIL_PORT = "take", server.server_address[1]
    assert send_mails() == 3
    assert server.taken == READERS


def test_what_the_server_puts_off_is_offered_again_after_a_while(cancelled, server, clock):
    server.manner = "put off"
    assert [send_mails(), send_mails()] == [0, 0]
    assert (server.asked, unclaimed()) == (3, 3)
    server.manner = "take"
    clock.shift(timedelta(minutes=3))
    assert send_mails() == 3


def test_a_server_that_says_goodbye_is_asked_once_a_round_and_nothing_is_lost(cancelled, server, clock):
    server.manner = "part"
    assert [send_mails(), send_mails()] == [0, 0]
    assert (server.asked, unclaimed()) == (2, 3)
    server.manner = "take"
    clock.shift(timedelta(minutes=3))
    assert send_mails() == 3


def test_what_the_server_refuses_for_good_is_not_offered_again(cancelled, server, clock):
    server.manner = "refuse"
    send_mails()
    clock.shift(timedelta(minutes=3))
    server.manner = "take"
    assert send_mails() == 0
    assert (server.asked, server.taken) == (3, [])


def test_a_mail_of_which_nobody_knows_whether_it_arrived_is_not_sent_twice(cancelled, server):
    server.manner = "take and hang up"
    for _ in range(5):
        send_mails()
    assert server.taken == READERS


def test_there_is_one_round_of_mails_at_a_time(cancelled, server):
    cache.add(MAILING_KEY, 1, timeout=60)
    assert send_mails() == 0
    cache.delete(MAILING_KEY)
    assert send_mails() == 3


def test_news_does_not_wait_for_the_mail_server(cancelled, server, monkeypatch):
    """Beat's other tasks never speak to it."""
    server.manner = "be silent"
    for task in (tasks.sweep_absent, tasks.tick, remind):
        task()
    assert unclaimed() == 3
