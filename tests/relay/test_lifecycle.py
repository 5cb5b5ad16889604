"""A relay's own life: leases, heartbeats, draining, and going on without Redis."""

import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings

from rooms import redis
from rooms.relay import client, protocol
from rooms.relay.protocol import Answer, Heartbeat, Offer, Refusal
from tests.relay.offers import good_offer
from tests.support.ears import eventually, tone


def foreign_heartbeat(relay: str, **fields) -> None:
    """A second relay's heartbeat, as it would be in Redis."""
    words = {"pid": 1, "accepting": True, "spaces": 0, "speakers": 0, "listeners": 0, "busy": 0.0, "tick_late_ms": 0.0}
    words |= {"tasks": 1}
    beat = Heartbeat(relay=relay, **words | fields)
    redis.client().set(protocol.heartbeat_key(relay), protocol.encode_heartbeat(beat), px=3000)


async def test_no_relay_is_a_word_and_not_an_error(settings, tmp_path):
    offer = Offer("whep", "lou", await good_offer(), protocol.SpaceState("nowhere", 1, True))
    assert await client.offer(offer) == Refusal(503, "no_relay", retry_after=2)
    assert client.apply(offer.state), "nobody carries it, so it is in force"
    settings.REDIS_URL = f"unix://{tmp_path}/nothing.sock"
    redis.client.cache_clear()
    try:
        assert await client.offer(offer) == Refusal(503, "no_relay", retry_after=2)
        assert not client.apply(offer.state)
        assert client.relays() == []
        client.touch_presence("nowhere", ["lou"])
    finally:
        redis.client.cache_clear()


async def test_presence_of_sockets(stage):
    client.touch_presence(stage.space, ["lou", "max"])
    assert client.presence(stage.space).keys() == {"lou", "max"}


async def test_the_lease_is_held_while_somebody_is_inside(stage):
    lease = protocol.origin_key(stage.space)
    lou = await stage.listen("lou")
    assert redis.client().get(lease) == stage.worker.relay.encode()
    redis.client().pexpire(lease, 1500)
    await eventually(lambda: redis.client().pttl(lease) > 3000)
    await lou.close()
    await eventually(lambda: redis.client().get(lease) is None)


async def test_an_offer_for_another_relays_space_is_not_taken(stage):
    redis.client().set(protocol.origin_key(stage.space), "another", px=5000)
    reply = await stage.worker.handle(Offer("whep", "lou", await good_offer(), stage.state()))
    assert reply == Refusal(503, "moved", retry_after=1)


async def test_a_dead_relays_lease_does_not_keep_people_out(stage):
    redis.client().set(protocol.origin_key(stage.space), "dead", px=60_000)
    lou = await stage.listen("lou")
    await lou.frames(5)
    assert redis.client().get(protocol.origin_key(stage.space)) == stage.worker.relay.encode()


async def test_a_space_taken_over_by_another_relay_is_let_go(stage):
    lou = await stage.listen("lou")
    redis.client().set(protocol.origin_key(stage.space), "another", px=60_000)
    await eventually(lambda: lou.is_over)
    assert redis.client().get(protocol.origin_key(stage.space)) == b"another"


async def test_the_least_busy_relay_that_accepts_is_chosen(stage):
    foreign_heartbeat("gone-but-idle", busy=0.0)
    foreign_heartbeat("draining", accepting=False)
    assert isinstance(await stage.offer("whep", "lou", await good_offer()), Answer)


async def test_the_heartbeat_tells_what_is_carried(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(440))
    await stage.listen("lou")
    await stage.heartbeat_is(spaces=1, speakers=1, listeners=1, accepting=True, pid=os.getpid())


async def test_draining_closes_everything_and_leaves_no_trace(stage):
    lou = await stage.listen("lou")
    stage.worker.stop()
    assert await stage.worker.handle(Offer("whep", "max", await good_offer(), stage.state())) == Refusal(
        503, "moved", retry_after=1
    )
    await eventually(lambda: lou.is_over)
    await eventually(lambda: not redis.client().exists(protocol.heartbeat_key(stage.worker.relay)))
    assert redis.client().get(protocol.origin_key(stage.space)) is None


async def test_what_is_not_a_request_is_passed_over(stage):
    channel = protocol.relay_channel(stage.worker.relay)
    for junk in ("", "{", "[]", '{"op": "offer", "reply_to": "x"}', '{"op": "nonsense", "reply_to": "x"}'):
        redis.client().publish(channel, junk)
    lou = await stage.listen("lou")
    await lou.frames(5)


async def test_sound_goes_on_while_redis_is_away(own_redis, stage):
    stage.seat("ana")
    await stage.speak("ana", tone(440))
    lou = await stage.listen("lou")
    await lou.hears(440)
    own_redis.kill()
    await lou.frames(100)
    assert lou.level(440) > -30
    own_redis.start()
    await stage.heartbeat_is(listeners=1)
    await eventually(lambda: redis.client().get(protocol.origin_key(stage.space)) == stage.worker.relay.encode())
    await eventually(lambda: redis.client().pubsub_numsub(protocol.relay_channel(stage.worker.relay))[0][1] == 1)
    stage.seat("ana", muted=True)
    assert await stage.apply()
    await lou.frames(15)
    assert lou.level(440, frames=5) < -60


@pytest.fixture
def environment() -> dict[str, str]:
    return os.environ | {"VAR_DIR": str(settings.VAR_DIR), "REDIS_URL": settings.REDIS_URL}


def test_the_command_ends_well_on_sigterm(environment):
    process = subprocess.Popen([sys.executable, "manage.py", "runrelay"], env=environment, cwd=settings.BASE_DIR)
    try:
        deadline = time.monotonic() + 20
        while not (mine := [beat for beat in client.relays() if beat.pid == process.pid]):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        assert mine[0].accepting
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert not [beat for beat in client.relays() if beat.pid == process.pid]
    finally:
        process.kill()


@pytest.mark.parametrize("address", ["203.0.113.9", "0.0.0.0", "relay.example.org"])
def test_the_command_refuses_an_address_it_cannot_announce(environment, address):
    environment["RELAY_ADDRESS"] = address
    command = [sys.executable, "manage.py", "runrelay"]
    done = subprocess.run(command, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert done.stderr.startswith(f"openfloor: the relay cannot use {address} port 0: ")
    assert len(done.stderr.splitlines()) == 1


async def test_nothing_is_published_for_a_space_nobody_carries(stage):
    assert await asyncio.to_thread(client.apply, protocol.SpaceState("elsewhere", 1, True))
