"""What is sent by push, and what comes of each answer of a push service."""

import time

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import push as pushing
from accounts import tasks
from accounts.models import Block, Kind, Notification, PushSubscription
from accounts.services import notifications
from accounts.services import push as browsers
from rooms.services import spaces
from tests.support.push_sink import rings, switched_on

pytestmark = pytest.mark.django_db


# --- What is sent ---


def test_a_push_says_who_did_what_and_where_to_go(ana, bo, window, sink, settings):
    switched_on(window, sink)
    space = spaces.start(title="Evening talk", by=bo)
    notifications.tell(kind=Kind.LIVE, users=[ana.pk], actor=bo.pk, subject=f"space:{space.pk}")
    assert pushing.send_due() == 1
    [got] = sink.received
    assert (got.said["title"], got.said["body"]) == ("Bo", "started “Evening talk”")
    assert got.said["url"] == space.get_absolute_url()
    assert got.claims["sub"] == settings.VAPID_SUBJECT and got.claims["aud"] == sink.origin
    assert time.time() < got.claims["exp"] <= time.time() + 24 * 3600
    assert (got.headers["Urgency"], got.headers["TTL"]) == ("high", "1800")
    assert got.headers["Topic"] == got.said["tag"] and len(got.said["tag"]) == 32


def test_every_browser_of_a_person_gets_it_once(ana, bo, window, sink):
    other = Client()
    other.force_login(ana)
    switched_on(window, sink, "laptop")
    switched_on(other, sink, "phone")
    rings(ana, bo)
    assert (pushing.send_due(), pushing.send_due()) == (2, 0)
    assert len(sink.to("laptop")) == len(sink.to("phone")) == 1


def test_nothing_is_sent_of_a_space_one_may_know_of_no_more(ana, bo, window, sink):
    switched_on(window, sink)
    space = spaces.start(title="Evening talk", by=bo)
    notifications.tell(kind=Kind.LIVE, users=[ana.pk], actor=bo.pk, subject=f"space:{space.pk}")
    spaces.change_settings(space=space, by=bo, is_private=True)
    assert pushing.send_due() == 0 and sink.asked == 0


def test_nothing_is_sent_of_somebody_who_was_blocked_meanwhile(ana, bo, window, sink):
    switched_on(window, sink)
    rings(ana, bo)
    Block.objects.create(blocker=ana, blocked=bo)
    assert pushing.send_due() == 0 and sink.asked == 0


def test_what_was_seen_already_is_not_sent(ana, bo, window, sink):
    switched_on(window, sink)
    notifications.see(up_to=rings(ana, bo).pk, by=ana)
    assert pushing.send_due() == 0 and sink.asked == 0


def test_one_to_try_it(ana, window, sink):
    subscription = switched_on(window, sink)
    answer = window.post(reverse("push"), {"endpoint": subscription.endpoint})
    assert answer.status_code == 202
    tasks.push_test(subscription.pk)
    assert sink.received[0].said["title"] == "Openfloor"


def test_no_test_for_a_browser_that_is_not_switched_on(window, sink):
    assert window.post(reverse("push"), {"endpoint": "https://fcm.googleapis.com/other"}).status_code == 409


# --- What comes of an answer ---


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_forgotten(ana, bo, window, sink, status):
    switched_on(window, sink)
    rings(ana, bo)
    sink.answers = [(status, {})]
    assert pushing.send_due() == 0
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_rests_and_is_then_asked_again(ana, bo, window, sink, status):
    switched_on(window, sink)
    rings(ana, bo)
    sink.answers = [(status, {"Retry-After": "30"})]
    assert (pushing.send_due(), pushing.send_due()) == (0, 0)
    assert sink.asked == 1
    rested(30)
    assert pushing.send_due() == 1
    assert cache.get(pushing.RESTING_KEY) == {}


def test_a_service_that_stays_away_rests_longer_each_time(ana, bo, window, sink):
    switched_on(window, sink)
    rings(ana, bo)
    for seconds in (10, 20, 40):
        sink.answers = [(503, {})]
        pushing.send_due()
        rested(seconds)
    assert sink.asked == 3


def test_what_fails_before_anything_is_sent_leaves_nothing_claimed(ana, bo, window, sink, monkeypatch):
    switched_on(window, sink)
    row = rings(ana, bo)

    def away(browser):
        raise ConnectionError("Redis is away")

    with monkeypatch.context() as broken, pytest.raises(ConnectionError):
        broken.setattr(pushing, "_host", away)
        pushing.send_due()
    row.refresh_from_db()
    assert row.pushed_at is None
    assert pushing.send_due() == 1


def test_whoever_has_it_gets_it_no_second_time_when_another_browser_is_asked_again(ana, bo, window, sink):
    switched_on(window, sink, "laptop")
    row = rings(ana, bo)
    cache.set(pushing._got_key(row), {browsers.browsers_of(ana)[0].pk})
    switched_on(window, sink, "phone")
    assert pushing.send_due() == 1
    assert not sink.to("laptop") and len(sink.to("phone")) == 1


def test_what_is_refused_for_good_is_not_sent_again(ana, bo, window, sink):
    switched_on(window, sink)
    rings(ana, bo)
    sink.answers = [(403, {})]
    assert (pushing.send_due(), pushing.send_due()) == (0, 0)
    assert sink.asked == 1


def test_a_service_that_does_not_answer_is_left_alone(ana, bo, window, sink):
    switched_on(window, sink)
    rings(ana, bo)
    sink.close()
    assert pushing.send_due() == 0
    assert Notification.objects.latest("pk").pushed_at is None
    assert list(cache.get(pushing.RESTING_KEY)) == [sink.origin.removeprefix("http://")]


def rested(seconds: int) -> None:
    """So long has passed since the push service asked for patience, as it is known."""
    resting = cache.get(pushing.RESTING_KEY)
    for until, _ in resting.values():
        assert seconds - 5 < until - time.time() <= seconds
    cache.set(pushing.RESTING_KEY, {host: (0, times) for host, (_, times) in resting.items()})
