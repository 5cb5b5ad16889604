"""Who hears whom: the mix, the mix without oneself, and the names of the voices in it."""

from tests.support.ears import tone

ANA, BEN = 440, 1320


async def test_a_listener_hears_a_seated_speaker(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(ANA))
    ear = await stage.listen("lou")
    await ear.hears(ANA)


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
    assert ana.level(BEN) - ana.level(ANA) > 40
    assert abs(lou.level(BEN) - lou.level(ANA)) < 6
