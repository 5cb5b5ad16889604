"""Who hears whom: the mix, the mix without oneself, and the names of the voices in it."""

import pytest

from rooms.relay.opus import FRAME_SAMPLES
from tests.relay.wire import has_ipv6
from tests.support.ears import Ear, Speaker, eventually, tone

ANA, BEN = 440, 1320


async def test_a_listener_hears_a_seated_speaker(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(ANA))
    lou = await stage.listen("lou")
    await lou.hears(ANA)


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
@pytest.mark.parametrize("stage", [{"address": "::1"}], indirect=True)
async def test_ipv6_carries_sound_too(stage):
    stage.seat("ana")
    ana, lou = Speaker(stage.state, "ana", tone(ANA)), Ear(stage.state, "lou")
    ana.url = lou.url = "http://[::1]/"
    await stage.enter(ana)
    await stage.enter(lou)
    await lou.hears(ANA)


async def test_a_speaker_hears_the_others_and_not_themselves(stage):
    stage.seat("ana")
    stage.seat("ben")
    await stage.speak("ana", tone(ANA))
    await stage.speak("ben", tone(BEN))
    ana, lou = await stage.listen("ana"), await stage.listen("lou")
    await ana.hears(BEN)
    await lou.hears(ANA)
    await lou.hears(BEN)
    await ana.frames(25)
    assert ana.level(BEN) - ana.level(ANA) > 50
    assert abs(lou.level(BEN) - lou.level(ANA)) < 6


async def test_a_lone_speaker_hears_silence(stage):
    stage.seat("ana")
    ana, lou = await stage.listen("ana"), await stage.listen("lou")
    await stage.speak("ana", tone(ANA))
    await lou.hears(ANA)
    await ana.frames(25)
    assert ana.level(ANA) < -60


async def test_packets_name_the_voices_in_them(stage):
    ana_csrc, ben_csrc = stage.seat("ana"), stage.seat("ben")
    stage.seat("cem", muted=True)
    for name, frequency in (("ana", ANA), ("ben", BEN), ("cem", 880)):
        await stage.speak(name, tone(frequency))
    ana, lou = await stage.listen("ana"), await stage.listen("lou")
    await eventually(lambda: lou.csrcs == {ana_csrc, ben_csrc})
    await eventually(lambda: ana.csrcs == {ben_csrc})


async def test_a_silent_room_names_nobody(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(ANA, amplitude=0.0))
    lou = await stage.listen("lou")
    await eventually(lambda: stage.heard("ana"))
    await lou.frames(20)
    assert lou.csrcs == set()


async def test_a_stream_goes_on_evenly_when_its_listener_takes_and_leaves_a_seat(stage):
    sound = await stage.listen("ana")
    await sound.frames(5)
    stage.seat("ana")
    await stage.apply()
    await stage.speak("ana", tone(ANA))
    await eventually(lambda: stage.heard("ana"))
    await sound.frames(20)
    stage.unseat("ana")
    await stage.apply()
    await sound.frames(10)
    steps = [
        ((b.sequence_number - a.sequence_number) & 0xFFFF, (b.timestamp - a.timestamp) & 0xFFFFFFFF, b.ssrc == a.ssrc)
        for a, b in zip(sound.packets, sound.packets[1:], strict=False)
    ]
    # A late tick skips time, never a number.
    assert all(number == 1 and time % FRAME_SAMPLES == 0 and same for number, time, same in steps)


async def test_a_listener_who_cannot_be_sent_to_costs_the_others_nothing(stage):
    lou, max_ = await stage.listen("lou"), await stage.listen("max")
    unreachable = stage.room.downlinks["lou"]
    unreachable.peer._wire.address = ("255.255.255.255", 9)
    stage.room.session_moved(unreachable)
    await max_.frames(20)
    assert stage.worker.port.counts["send_failed"] > 0
    heard = lou.decoded
    await max_.frames(10)
    assert lou.decoded == heard
