"""/readyz says what is missing; /healthz says only that the process answers."""

import pytest

from config.celery import note_that_tasks_run
from rooms import redis
from rooms.relay import protocol
from rooms.relay.protocol import Heartbeat

pytestmark = pytest.mark.django_db


def test_without_a_relay_nobody_can_come_in(client):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert {"ready": False, "database": True, "redis": True, "relay": False}.items() <= answer.json().items()


def test_without_redis_it_says_so_and_does_not_fail(client, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path / 'nobody.sock'}"
    redis.client.cache_clear()
    try:
        answer = client.get("/readyz")
    finally:
        redis.client.cache_clear()
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "database": True,
        "redis": False,
        "relay": False,
        "full": False,
        "worker_seconds": None,
        "overdue_seconds": 0,
    }
    assert "nobody.sock" not in answer.content.decode()


def test_the_last_task_is_seen(client):
    assert client.get("/readyz").json()["worker_seconds"] is None
    note_that_tasks_run()
    assert 0 <= client.get("/readyz").json()["worker_seconds"] < 60


@pytest.mark.parametrize(("full", "status"), [(False, 200), (True, 503)])
def test_when_every_relay_is_full_new_people_had_better_go_elsewhere(client, full, status):
    beat = Heartbeat("r1", 1, True, 0, 0, 0, busy=0.9, tick_late_ms=0.0, tasks=1, full=full)
    redis.client().set(protocol.heartbeat_key("r1"), protocol.encode_heartbeat(beat), px=4000)
    with redis.client().pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe(protocol.relay_channel("r1"))
        # Redis has confirmed it.
        channel.get_message(timeout=5)
        answer = client.get("/readyz")
    redis.client().delete(protocol.heartbeat_key("r1"))
    assert answer.status_code == status
    assert {"ready": not full, "relay": True, "full": full}.items() <= answer.json().items()


def test_healthz_asks_nobody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_monitors_only_read_and_nobody_keeps_the_answer(client, path):
    assert client.post(path).status_code == 405
    assert "no-store" in client.get(path)["Cache-Control"]
