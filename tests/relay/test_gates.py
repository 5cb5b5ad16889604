"""Whose sound passes: only a granted, un-muted seat's, whatever the client does and whatever message was lost."""

import asyncio

import numpy as np

from rooms.relay import client
from rooms.relay import worker as worker_module
from rooms.relay.protocol import SpaceState
from tests.support.ears import eventually, tone

ANA = 440
# 200 ms in frames.
SOON = 10


async def test_one_who_arrives_muted_is_not_heard(stage):
    stage.seat("ana", muted=True)
    await stage.speak("ana", tone(ANA))
    lou = await stage.listen("lou")
    await eventually(lambda: stage.heard("ana"))
    await lou.frames(20)
    assert lou.level(ANA) < -60
    assert lou.csrcs == set()


async def test_a_muted_microphone_is_silence_within_200_ms(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(ANA))
    lou = await stage.listen("lou")
    await lou.hears(ANA)
    stage.seat("ana", muted=True)
    assert await stage.apply()
    await lou.frames(SOON)
    await lou.frames(5)
    assert lou.level(ANA, frames=5) < -60
    assert lou.csrcs == set()
    last = stage.microphone("ana").heard_at
    await eventually(lambda: stage.microphone("ana").heard_at > last)


async def test_who_comes_after_a_mute_hears_nothing_from_before_it(stage):
    """Nobody listened in between, so no tick has let the last of it fade away."""
    stage.seat("ana")
    await stage.speak("ana", tone(ANA))
    lou = await stage.listen("lou")
    await lou.hears(ANA)
    await lou.close()
    await eventually(lambda: not stage.room.downlinks)
    stage.seat("ana", muted=True)
    assert await stage.apply()
    max_ = await stage.listen("max")
    await max_.frames(SOON)
    assert np.abs(max_.sound).max() < 0.001


async def test_an_unmuted_microphone_is_heard_again(stage):
    stage.seat("ana", muted=True)
    await stage.speak("ana", tone(ANA))
    lou = await stage.listen("lou")
    stage.seat("ana")
    assert await stage.apply()
    await lou.hears(ANA)


async def test_demotion_closes_the_microphone_and_not_the_sound(stage):
    stage.seat("ana")
    microphone = await stage.speak("ana", tone(ANA))
    sound, lou = await stage.listen("ana"), await stage.listen("lou")
    await lou.hears(ANA)
    stage.unseat("ana")
    assert await stage.apply()
    await eventually(lambda: microphone.is_over)
    await lou.frames(SOON)
    assert lou.level(ANA, frames=5) < -60
    assert not sound.is_over


async def test_removal_closes_everything_of_that_person_and_of_nobody_else(stage):
    stage.seat("ana")
    speaking, sound = await stage.speak("ana", tone(ANA)), await stage.listen("ana")
    lou = await stage.listen("lou")
    await lou.hears(ANA)
    stage.remove("ana")
    assert await stage.apply()
    assert stage.present == {"lou"}
    await eventually(lambda: speaking.is_over and sound.is_over)
    await lou.frames(SOON)
    assert lou.level(ANA, frames=5) < -60


async def test_the_end_closes_everything(stage):
    lou, max_ = await stage.listen("lou"), await stage.listen("max")
    stage.end()
    assert await stage.apply()
    await eventually(lambda: lou.is_over and max_.is_over)


async def test_an_older_version_changes_nothing(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(ANA))
    lou = await stage.listen("lou")
    old = stage.state()
    stage.seat("ana", muted=True)
    assert await stage.apply()
    stage.room.apply(old)
    await lou.frames(SOON)
    await lou.frames(SOON)
    assert lou.level(ANA) < -60


async def test_a_removal_overtaken_by_a_later_change_is_in_force_all_the_same(stage):
    lou = await stage.listen("lou")
    stage.remove("lou")
    removal = stage.state()
    stage.version += 1
    stage.stale = SpaceState(stage.space, stage.version, True)
    assert await stage.apply()
    assert not lou.is_over
    assert await asyncio.to_thread(client.apply, removal, 2.0)
    assert "lou" not in stage.present


async def test_reconciliation_shuts_what_a_lost_message_left_open(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(ANA))
    lou = await stage.listen("lou")
    await lou.hears(ANA)
    stage.seat("ana", muted=True)
    await stage.worker.reconcile()
    await lou.frames(SOON + 5)
    assert lou.level(ANA, frames=5) < -60
    stage.unseat("ana")
    stage.remove("lou")
    await stage.worker.reconcile()
    assert stage.present == set()


async def test_reconciliation_happens_by_itself(stage):
    await stage.listen("lou")
    stage.remove("lou")
    await eventually(lambda: not stage.present, seconds=worker_module.RECONCILE_SECONDS + 3)


async def test_a_room_opened_by_a_stale_offer_is_put_right_at_once(stage):
    stage.seat("ana")
    stage.stale = stage.rows()
    stage.seat("ana", muted=True)
    await stage.speak("ana", tone(ANA))
    await eventually(lambda: stage.room.state == stage.rows())
    assert not stage.microphone("ana").uplink.open


async def test_a_space_without_rows_is_over(stage):
    lou = await stage.listen("lou")
    stage.space_exists = False
    await stage.worker.reconcile()
    await eventually(lambda: lou.is_over)
