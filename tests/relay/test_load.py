"""A relay that is too busy keeps those it has and sends new listeners away, with a word and a time to come back."""

import asyncio
import json
import time

import pytest

from rooms import redis
from rooms.relay import client, protocol
from rooms.relay.load import Load
from rooms.relay.protocol import Answer, Refusal
from rooms.relay.turns import WAITING_MAX
from rooms.relay.worker import FULL_RETRY_SECONDS
from tests.relay.offers import good_offer
from tests.relay.test_attacks import unbroken
from tests.support.ears import eventually, tone

FULL = Refusal(503, "full", retry_after=FULL_RETRY_SECONDS)
full_from_the_start = pytest.mark.parametrize("stage", [{"full_at": 0.0}], indirect=True)


def working(load: Load, share: float) -> None:
    """A fifth of a second, of which this process works so much."""
    load.second()
    worked, until = time.process_time(), time.monotonic() + 0.2
    while time.process_time() - worked < 0.2 * share:
        pass
    time.sleep(max(0.0, until - time.monotonic()))
    load.second()


@full_from_the_start
async def test_a_full_relay_turns_a_new_listener_away(stage):
    assert await stage.offer("whep", "lou", await good_offer()) == FULL
    assert not stage.worker.rooms


@full_from_the_start
async def test_a_full_relay_lets_a_speaker_in(stage):
    stage.seat("ana")
    ana = await stage.speak("ana", tone(440))
    await eventually(lambda: stage.heard("ana"))
    assert not ana.is_over


@full_from_the_start
async def test_a_full_relay_lets_back_in_whoever_was_inside(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(440))
    await eventually(lambda: "ana" in stage.worker._load._seen)
    assert isinstance(await stage.offer("whep", "ana", await good_offer()), Answer)
    assert isinstance(await stage.offer("whep", "max", await good_offer(), replaces="f" * 32), Answer)


@full_from_the_start
async def test_a_full_relay_says_so(stage):
    await stage.heartbeat_is(full=True, accepting=True)


async def test_a_space_goes_to_a_relay_with_room(stage):
    """A full one with nothing to do is still not asked first."""
    beat = next(beat for beat in client.relays() if beat.relay == stage.worker.relay)
    other = json.loads(protocol.encode_heartbeat(beat)) | {"relay": "full", "busy": 0.0, "full": True}
    redis.client().set(protocol.heartbeat_key("full"), json.dumps(other), px=4000)
    assert client.relays()[-1].relay == "full"


def test_working_all_the_time_fills_it_and_resting_empties_it():
    load = Load(full_at=0.15)
    for _ in range(6):
        working(load, 1.0)
    assert load.full
    for _ in range(20):
        working(load, 0.0)
    assert not load.full


def test_room_again_only_well_below_full():
    load = Load(full_at=0.5)
    load.busy, load.full = 0.49, True
    load._worked, load._began = time.process_time() - 0.49, time.monotonic() - 1
    load.second()
    assert load.full, "it would go to and fro"
    load.busy = 0.3
    load.second()
    assert not load.full


def test_late_ticks_count_as_work():
    load = Load(full_at=0.8)
    for _ in range(20):
        for _ in range(50):
            load.tick(0.03)
        load.second()
    assert load.full and load.late_p99_ms == 30.0


def test_the_99th_percentile_leaves_one_of_a_hundred_out():
    load = Load()
    for number in range(200):
        load.tick(0.001 if number else 0.15)
    load.second()
    assert (load.late_p99_ms, load.late_max_ms) == (1.0, 150.0)


def test_the_99th_percentile_is_of_ten_seconds():
    load = Load()
    for second in range(20):
        for number in range(50):
            load.tick(0.15 if second % 10 == 0 and number < 4 else 0.001)
        load.second()
    assert (load.late_p99_ms, load.late_max_ms) == (1.0, 1.0)
    for _ in range(6):
        load.tick(0.15)
    load.second()
    assert (load.late_p99_ms, load.late_max_ms) == (150.0, 150.0)


@pytest.mark.usefixtures("spared")
async def test_a_storm_of_offers_leaves_no_gap_in_the_sound(stage):
    """A thousand at once: some are answered, the rest are told to come back, and every packet of the others leaves."""
    stage.seat("ana")
    await stage.speak("ana", tone(440))
    lou, sdp = await stage.listen("lou"), await good_offer()
    await lou.hears(440)
    since = len(lou.packets)
    offers = [protocol.Offer("whep", f"storm{number}", sdp, stage.state()) for number in range(1000)]
    replies = await asyncio.gather(*(stage.worker.handle(offer) for offer in offers))
    answered = [reply for reply in replies if isinstance(reply, Answer)]
    assert len(answered) <= WAITING_MAX + 50
    assert {reply for reply in replies if isinstance(reply, Refusal)} == {Refusal(503, "busy", retry_after=2)}
    await unbroken(lou, since)
