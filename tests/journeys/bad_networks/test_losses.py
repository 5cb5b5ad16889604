"""Real Chromium on a network that loses, delays and reorders, on the way down and on the way up."""

import pytest

from tests.journeys.bad_networks.house import BROWSER, House
from tests.journeys.people import Person
from tests.setup.installation import wait_for
from tests.support import losses, sound, voice
from tests.support.ears import Ear, Speaker

SETTLED_SAMPLES = 3 * sound.RATE
# One bad network for everyday.
MOBILE = (0.1, "random", losses.ROUGH)


@pytest.mark.slow
def test_a_listener_on_a_mobile_network(house, window, weather, table):
    hears_well(house, window, weather, table, *MOBILE, seconds=10)


@pytest.mark.slow
def test_a_speaker_on_a_mobile_network(house, window, weather, table, voices):
    is_heard_well(house, window, weather, table, sound.read(voices["host"]), *MOBILE)


@pytest.mark.long
@losses.cells()
def test_losses_on_the_way_down(house, window, weather, table, loss, pattern, line):
    hears_well(house, window, weather, table, loss, pattern, line)


@pytest.mark.long
@losses.cells()
def test_losses_on_the_way_up(house, window, weather, table, voices, loss, pattern, line):
    is_heard_well(house, window, weather, table, sound.read(voices["host"]), loss, pattern, line)


def hears_well(house: House, window: Person, weather, table, loss, pattern, line, seconds=losses.SECONDS) -> None:
    house.stage.seat("ann")
    house.do(house.stage.enter(Speaker(house.stage.state, "ann", voice.packets())))
    window.page.evaluate("() => listen()")
    wait_for(lambda: window.reception()["totalSamplesReceived"] > SETTLED_SAMPLES, 15)

    losses.begin(weather, "down", loss, pattern, line)
    before = window.reception()
    heard = window.hears(seconds)
    spent = {name: count - before[name] for name, count in window.reception().items()}
    share = (spent["concealedSamples"] - spent["silentConcealedSamples"]) / spent["totalSamplesReceived"]
    likeness = sound.likeness(heard, voice.samples())
    table.add(**losses.cell("down", loss, pattern, line), concealed=share, likeness=likeness)
    assert share <= losses.concealed_at_most(loss)
    assert likeness >= losses.INTELLIGIBLE
    assert window.page.evaluate("() => states") == ["connecting", "on"], "it had to reconnect"


def is_heard_well(house: House, window: Person, weather, table, spoken, loss, pattern, line) -> None:
    house.stage.seat(BROWSER)
    ear = Ear(house.stage.state, "lou")
    house.do(house.stage.enter(ear))
    window.page.evaluate("() => speak()")
    wait_for(lambda: house.has(lambda stage: stage.room.microphones), 15)
    wait_for(lambda: house.uplink.played > SETTLED_SAMPLES, 15)

    losses.begin(weather, "up", loss, pattern, line)
    meter, since = losses.Meter(house.uplink), len(ear.packets)
    wait_for(lambda: len(ear.packets) - since >= losses.SECONDS * 50, 2 * losses.SECONDS)
    measured = meter.read()
    likeness = sound.likeness(sound.decoded_opus(packet.payload for packet in ear.packets[since:]), spoken)
    table.add(**losses.cell("up", loss, pattern, line), **measured, likeness=likeness)
    assert measured["concealed"] <= losses.concealed_at_most(loss)
    assert likeness >= losses.INTELLIGIBLE
    assert window.page.evaluate("() => states") == ["connecting", "on"], "it had to reconnect"
