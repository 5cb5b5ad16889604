"""What goes wrong for one speaker, in one Space or in one tick costs nobody else their sound or their lease."""

import asyncio

import pytest

from rooms import redis
from rooms.relay import protocol
from rooms.relay.aiortc_insides import Peer
from rooms.relay.guard import Refused
from rooms.relay.liveness import Watch
from rooms.relay.turns import LEAVING_AT_ONCE, WAITING_MAX, Turns
from tests.relay.offers import good_offer
from tests.support.ears import eventually, tone


def fail(*arguments: object) -> None:
    raise RuntimeError("on purpose")


async def lease_is_renewed(stage) -> None:
    lease = protocol.origin_key(stage.space)
    redis.client().delete(lease)
    await eventually(lambda: redis.client().get(lease) == stage.worker.relay.encode())


async def test_timestamps_without_sense_still_give_a_report(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(440))
    await eventually(lambda: stage.heard("ana"))
    ana = stage.microphone("ana")
    (seen,) = ana._statistics.values()
    # Where timestamps that go up and down by 2^32 - 1 bring it, with a pause in between.
    seen._jitter_q4 = 1 << 37
    assert seen.jitter > 0xFFFFFFFF
    ana.send_report()


async def test_a_space_whose_reports_fail_keeps_its_lease(stage, monkeypatch):
    await stage.listen("lou")
    monkeypatch.setattr(stage.room, "report", fail)
    await lease_is_renewed(stage)


async def test_the_media_clock_goes_on_after_a_failure(stage, monkeypatch):
    stage.seat("ana")
    await stage.speak("ana", tone(440))
    lou = await stage.listen("lou")
    monkeypatch.setattr(Watch, "look", fail)
    await lou.frames(10)
    await lou.hears(440)


async def test_reports_and_load_do_not_wait_for_redis(own_redis, stage):
    await stage.listen("lou")
    own_redis.kill()
    ended = stage.worker._seconds + 3
    await eventually(lambda: stage.worker._seconds >= ended)


async def test_strangers_that_never_connect_do_not_push_out_whoever_shows_themselves(stage):
    offer = await good_offer()
    await stage.offer("whep", "lou", offer)
    (lou,) = stage.sessions.values()
    lou.peer._wire.addresses.add(("127.0.0.1", 9))
    for number in range(60):
        await stage.offer("whep", f"eve{number}", offer)
    assert lou.id in stage.sessions and len(stage.room.half_open) <= 50


async def test_speakers_and_those_who_come_back_go_before_strangers():
    turns, order = Turns(), []

    async def wait(name: str, first: bool) -> None:
        await turns.wait((name,), first=first)
        order.append(name)

    waiting = [asyncio.create_task(wait(name, name == "ana")) for name in ("eve", "mallory", "ana")]
    await asyncio.sleep(0)
    for _ in waiting:
        turns.next()
        await asyncio.sleep(0)
    assert order == ["ana", "eve", "mallory"]
    await asyncio.gather(*waiting)


async def test_a_queue_full_of_strangers_still_takes_a_speaker():
    turns = Turns()
    strangers = [asyncio.create_task(turns.wait((str(number),))) for number in range(WAITING_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(Refused):
        await turns.wait(("one more",))
    speaker = asyncio.create_task(turns.wait(("ana",), first=True))
    await asyncio.sleep(0)
    turns.next()
    await speaker
    turns.close()
    await asyncio.gather(*strangers, return_exceptions=True)


async def test_the_end_of_a_large_space_is_taken_a_few_at_a_time(stage, monkeypatch):
    """Sound stops for all of them at once; taking 1,500 connections down in one go was 140 ms of silence elsewhere."""
    monkeypatch.setattr("rooms.relay.worker.HALF_OPEN_MAX", 1000)
    offer, ticks, farewells = await good_offer(), 0, []
    tick, take_down = stage.worker._tick, Peer.close

    def counted(*arguments) -> None:
        nonlocal ticks
        ticks += 1
        tick(*arguments)

    async def noted(peer: Peer) -> None:
        farewells.append(ticks)
        await take_down(peer)

    monkeypatch.setattr(stage.worker._clock, "_act", counted)
    monkeypatch.setattr(Peer, "close", noted)
    people = 3 * LEAVING_AT_ONCE
    for number in range(people):
        await stage.offer("whep", f"lou{number}", offer)
    room = stage.room
    assert len(room.sessions) == people
    stage.end()
    await stage.apply()
    assert not room.sessions
    await eventually(lambda: len(farewells) == people)
    assert max(map(farewells.count, set(farewells))) <= LEAVING_AT_ONCE


async def test_forged_media_in_a_peers_name_does_not_use_up_its_signs_of_life(stage):
    lou = await stage.listen("lou")
    wire = stage.sessions[lou.session].peer._wire
    for _ in range(300):
        wire.take_rtp(b"\x80\x6f" + bytes(60))
    assert stage.worker.port.counts["over_limit"]
    assert wire.admits(b"\0\x01" + bytes(100), wire.address)
