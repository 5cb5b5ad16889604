"""What was lost on the way is cured, and nothing that failed leaves a ghost or an open door."""

import asyncio
import threading
import time
import uuid
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisAway

from accounts import groups
from rooms import presence, pulse, redis, selectors
from rooms.consumers import live
from rooms.identity import Person
from rooms.models import Participant, Seat
from rooms.relay import client as relay
from rooms.relay import protocol
from rooms.services import attendance, removal, spaces, stage
from rooms.tasks import sweep_absent
from tests.rooms.test_live_equals_reload import cookies_of
from tests.support import cast
from tests.support.live import Visitor

act = database_sync_to_async


@pytest.fixture
def quick_pulse(monkeypatch):
    monkeypatch.setattr(live, "PULSE_SECONDS", 0.05)


async def visit(room, name: str) -> Visitor:
    who = room.host if name == "host" else room.people[name]
    return await Visitor(room.space.slug, await act(cookies_of)(who)).open()


# --- Presence ---


def test_after_an_outage_of_redis_nobody_is_taken_for_gone(room):
    """Its data survived, and says of everybody that they were last seen before the outage."""
    now = time.time()
    Participant.objects.filter(space=room.space).update(joined_at=timezone.now() - timedelta(hours=1))
    redis.client().set(presence.since_key(room.space.pk), now - 3600)
    redis.client().set(presence.swept_key(room.space.pk), now - 70)
    seen = {str(p.pk): now - 70 for p in Participant.objects.filter(space=room.space)}
    redis.client().zadd(protocol.presence_key(str(room.space.pk)), seen)
    assert sweep_absent() == 0
    assert Seat.objects.count() == 3


async def test_a_socket_that_fails_keeps_nobody_present(committed_room, monkeypatch, quick_pulse):
    visitor = await visit(committed_room, "listener")
    touched = []
    monkeypatch.setattr(relay, "touch_presence", lambda *_: touched.append(1))

    def away(*_):
        raise OperationalError("the database went away")

    monkeypatch.setattr(selectors, "space", away)
    await act(groups.poke)([f"participant.{committed_room.listener.pk}"])
    with pytest.raises(OperationalError):
        await visitor.socket.wait()
    pulses = len(touched)
    await asyncio.sleep(0.3)
    assert len(touched) <= pulses + 1


async def test_one_failed_pulse_is_not_the_last(committed_room, monkeypatch, quick_pulse):
    visitor = await visit(committed_room, "listener")
    monkeypatch.setattr(groups, "send", lambda messages: None)
    snapshot, failed = vars(live.LiveConsumer)["_snapshot"], []

    async def once(socket):
        if not failed:
            failed.append(1)
            raise OperationalError("the database went away")
        return await snapshot.__get__(socket, type(socket))()

    monkeypatch.setattr(live.LiveConsumer, "_snapshot", once)
    await act(stage.unmute)(participant=committed_room.speaker, by=committed_room.speaker)
    await visitor.until_as_reloaded(committed_room.listener)
    assert failed
    await visitor.close()


# --- Access ---


async def test_a_lost_word_of_removal_still_closes_the_socket(committed_room, monkeypatch, quick_pulse):
    visitor = await visit(committed_room, "cohost")
    monkeypatch.setattr(groups, "send", lambda messages: None)
    await act(removal.remove)(participant=committed_room.cohost, by=committed_room.host)
    await visitor.until(lambda: visitor.closed == 4403)


async def test_somebody_removed_while_the_socket_opens_is_not_let_in(committed_room, monkeypatch):
    jar = await act(cookies_of)(committed_room.cohost)
    for_visitor, removed = live.audiences.for_visitor, []

    def removed_meanwhile(*args):
        groups = for_visitor(*args)
        if not removed:
            removed.append(1)
            remover = threading.Thread(target=remove)
            remover.start()
            remover.join()
        return groups

    def remove():
        removal.remove(participant=committed_room.cohost, by=committed_room.host)
        connection.close()

    monkeypatch.setattr(live.audiences, "for_visitor", removed_meanwhile)
    visitor = Visitor(committed_room.space.slug, jar)
    assert (await visitor.socket.connect())[0]
    await visitor.until(lambda: visitor.closed == 4403)
    assert "manage" not in visitor.page.elements


async def test_signing_out_leaves_the_space_in_every_window(committed_room):
    client = Client()
    await act(lambda: client.force_login(committed_room.host.user))()
    visitor = await Visitor(committed_room.space.slug, {"sessionid": client.cookies["sessionid"].value}).open()
    await act(client.logout)()
    await visitor.until(lambda: 'data-inside="0"' in visitor.page.elements["dock-body"])
    assert not (await act(committed_room.now)("host")).is_present
    await visitor.close()


# --- News ---


async def test_news_lost_with_redis_is_told_by_the_sweep(committed_room, monkeypatch, quick_pulse):
    visitor = await visit(committed_room, "listener")

    class Away:
        def __getattr__(self, name):
            raise RedisAway("away")

    with monkeypatch.context() as outage:
        outage.setattr(redis, "client", lambda: Away())
        outage.setattr(groups, "send", lambda messages: None)
        await act(stage.offer_seat)(participant=committed_room.listener, by=committed_room.host)
    await act(sweep_absent)()
    await visitor.until(lambda: "Take the seat" in visitor.page.elements["dock-body"])
    await visitor.close()


async def test_lost_news_about_oneself_is_cured_though_the_roster_is_up_to_date(
    committed_room, monkeypatch, quick_pulse
):
    visitor = await visit(committed_room, "listener")
    send = groups.send

    def lossy(messages):
        send([(group, message) for group, message in messages if not group.startswith("participant.")])

    monkeypatch.setattr(groups, "send", lossy)
    await act(stage.offer_seat)(participant=committed_room.listener, by=committed_room.host)
    await visitor.until(lambda: "Take the seat" in visitor.page.elements["dock-body"])
    await visitor.close()


def test_an_announced_version_never_goes_back():
    """Two processes announce in whatever order."""
    space = uuid.uuid4()
    for version in (7, 5):
        pulse.announce(space, version, ["lou"])
    assert pulse.newest(space, "lou") == (7, 7)


# --- One Space at a time ---


def test_starting_ones_own_space_leaves_the_other(room):
    stage.unmute(participant=room.speaker, by=room.speaker)
    spaces.start(title="Mine", speak_permission="everyone", by=room.speaker.user)
    assert not room.now("speaker").is_present
    assert str(room.speaker.pk) not in [seat.participant for seat in selectors.space_state(room.space.pk).seats]


def test_of_two_simultaneous_joins_one_stays(committed_room, monkeypatch):
    there = [
        spaces.start(title=f"Next {n}", speak_permission="invited", by=cast.user(f"neighbour{n}")) for n in range(2)
    ]
    walker = cast.user("walker")
    both_are_in = threading.Barrier(2)
    enter = attendance._enter

    def together(**kwargs):
        stay = enter(**kwargs)
        both_are_in.wait(10)
        return stay

    monkeypatch.setattr(attendance, "_enter", together)

    def join(space):
        attendance.join(space=space, by=Person(user=walker))
        connection.close()

    threads = [threading.Thread(target=join, args=[space]) for space in there]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Participant.objects.filter(user=walker, left_at__isnull=True).count() == 1


# --- Redis away ---


@pytest.fixture
def no_redis(settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/redis.sock"}}
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    redis.client.cache_clear()
    yield
    redis.client.cache_clear()


def test_without_redis_commands_work_and_sound_says_when_to_try_again(committed_room, client, no_redis):
    room = committed_room
    address = f"/spaces/{room.space.slug}/"
    assert client.post(f"{address}attendance/").status_code == 303
    client.force_login(room.listener.user)
    assert client.post(f"{address}hand/").status_code == 200
    response = client.post(f"{address}whep", data="v=0", content_type="application/sdp")
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert response.json()["code"] == "no_relay"
