"""Somebody's browser or network dies: nobody sees a ghost, a seat waits, and whoever comes back is whole again."""

import os
import re
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import expect

from tests.journeys.bad_networks.house import BACK_WITHIN_SECONDS
from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import Person, heard_within, launch, open_space, sign_up, sit_down, take_seat, unmute
from tests.setup.installation import processes, wait_for

pytestmark = pytest.mark.slow

GONE_WITHIN_SECONDS = 5
# News is on its way and drawn.
SHOWN_SECONDS = 0.5
SPEAKING = re.compile(r"\bspeaking\b")


class Mortal:
    """A member at a Chromium of their own, which can be killed with every process it has."""

    def __init__(self, name: str, playwright, voice, installation) -> None:
        self._mark = uuid.uuid4().hex
        self.browser = launch(playwright, voice, OPENFLOOR_TEST_BROWSER=self._mark)
        self.person = sit_down(name, self.browser, installation.until_ready())
        self.person.handle = f"mortal{self._mark[:8]}"
        sign_up(self.person, installation)

    def die(self) -> float:
        """When (Unix time, s) the last of its processes was killed."""
        while alive := processes(self._mark):
            for process in alive:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            died = time.time()
        return died


@pytest.fixture
def mortal(playwright, voices, installation) -> Iterator[Callable[[str], Mortal]]:
    browsers = []

    def make(name: str) -> Mortal:
        browsers.append(Mortal(name, playwright, voices["listener"], installation))
        return browsers[-1]

    yield make
    for each in browsers:
        each.browser.close()


class Sight:
    """When something is first seen in somebody's window, or is seen no more."""

    def __init__(self, witness: Person, selector: str, there: bool) -> None:
        self._page = witness.page
        self._page.evaluate("([what, there]) => { probe.sight = probe.when(what, there); }", [selector, there])

    def seconds_after(self, moment: float) -> float:
        """From that Unix time (s) until then; to be asked for when it has happened."""
        return self._page.evaluate("() => probe.sight") / 1000 - moment


def count(someone: Person):
    return someone.page.locator("#roster-title .count")


def tile(someone: Person, name: str):
    return someone.page.locator("#stage .tile", has_text=name)


def test_a_killed_browser_is_gone_from_the_roster_within_seconds(member, person, mortal):
    host, guest, leo = member("Hanna", "host"), person("Guest"), mortal("Leo")
    link = open_space(host, "Gardens on the roof")
    guest.listen(link)
    leo.person.listen(link)
    expect(count(host)).to_have_text("2")
    cookies = leo.person.context.storage_state()
    entry = host.page.locator("#roster .listener", has_text="Leo").get_attribute("id")

    gone = Sight(host, f"#{entry}", there=False)
    died = leo.die()
    expect(host.page.locator(f"#{entry}")).to_have_count(0)
    seconds = gone.seconds_after(died)
    print(f"a killed listener is gone from the roster after {seconds:.1f} s")
    assert seconds <= GONE_WITHIN_SECONDS + SHOWN_SECONDS
    for someone in (host, guest):
        expect(count(someone)).to_have_text("1")
        expect(someone.page.locator("#roster")).not_to_contain_text("Leo")
        someone.expect_sound()

    back = person("Leo", storage_state=cookies)
    back.page.goto(link)
    for someone in (host, guest, back):
        expect(count(someone)).to_have_text("2")
        expect(someone.page.locator("#roster")).to_contain_text("Leo")


@pytest.mark.parametrize("seat", ["muted", "open"])
def test_a_speaker_whose_browser_is_killed_is_reconnecting_and_comes_back_to_the_same_seat(
    member, person, mortal, seat
):
    host, guest, leo = member("Hanna", "host"), person("Guest"), mortal("Leo")
    link = open_space(host, "Gardens on the roof")
    guest.listen(link)
    leo.person.listen(link)
    take_seat(leo.person, host)
    if seat == "open":
        unmute(leo.person)
        expect(host.page.locator("#stage .tile.speaking")).to_contain_text("Leo")
    cookies = leo.person.context.storage_state()

    away = Sight(host, "#stage .tile-away", there=True)
    died = leo.die()
    for someone in (host, guest):
        expect(tile(someone, "Leo")).to_contain_text("Reconnecting")
        expect(tile(someone, "Leo")).not_to_contain_text("muted")
        expect(tile(someone, "Leo")).not_to_have_class(SPEAKING)
        expect(tile(someone, "Hanna")).not_to_contain_text("Reconnecting")
    seconds = away.seconds_after(died)
    print(f"the seat of a killed speaker says Reconnecting after {seconds:.1f} s")
    assert seconds <= GONE_WITHIN_SECONDS + SHOWN_SECONDS
    expect(host.page.locator("#manage-stage")).to_contain_text("reconnecting")

    back = person("Leo", storage_state=cookies)
    back.page.goto(link)
    for someone in (host, guest, back):
        expect(tile(someone, "Leo")).to_contain_text("Speaker")
        expect(tile(someone, "Leo")).to_have_attribute("data-muted", "1" if seat == "muted" else "0")
    expect(back.page.locator("#dock-body")).to_have_attribute("data-seat", seat)
    expect(back.page.locator("#dock")).to_have_attribute("data-mic", "sending")
    if seat == "open":
        expect(host.page.locator("#stage .tile.speaking")).to_contain_text("Leo")


def test_the_seat_of_somebody_who_is_reconnecting_is_fit_to_be_seen(member, mortal):
    host, leo = member("Hanna", "host"), mortal("Leo")
    link = open_space(host, "Gardens on the roof, and who waters them in August")
    leo.person.listen(link)
    take_seat(leo.person, host)
    leo.die()
    expect(tile(host, "Leo")).to_contain_text("Reconnecting")
    checked_in_every_look(host)


@pytest.mark.parametrize("cut", [5, pytest.param(25, marks=pytest.mark.long)])
def test_when_only_the_sound_is_cut_off_silence_tells_and_everybody_comes_back_by_themselves(
    member, person, network, cut
):
    """The sockets stay open: what makes a listener vanish here is no closed connection."""
    host, guest = member("Hanna", "host"), person("Guest")
    link = open_space(host, "Gardens on the roof")
    unmute(host)
    guest.listen(link)
    expect(count(host)).to_have_text("1")
    expect(host.page.locator("#stage .tile.speaking")).to_contain_text("Hanna")
    for someone in (host, guest):
        someone.page.evaluate("() => { window.probe.same = true; }")

    gone = Sight(host, "#roster-guests", there=False)
    network.cut()
    began = time.time()
    expect(host.page.locator("#roster-guests")).to_have_count(0)
    expect(count(host)).to_have_count(0)
    expect(tile(host, "Hanna")).to_contain_text("Reconnecting")
    seconds = gone.seconds_after(began)
    print(f"a listener who is cut off is gone after {seconds:.1f} s")
    assert seconds <= GONE_WITHIN_SECONDS + SHOWN_SECONDS
    for someone in (host, guest):
        assert someone.page.locator("#dock").get_attribute("data-news") != "off", "the socket was closed"
    wait_for(lambda: time.time() - began >= cut, cut)

    network.clear()
    back = heard_within(guest, BACK_WITHIN_SECONDS)
    print(f"heard again {back} s after the network was back")
    assert back is not None, f"no sound {BACK_WITHIN_SECONDS} s after the network was back"
    for someone in (host, guest):
        expect(count(someone)).to_have_text("1")
        expect(tile(someone, "Hanna")).to_contain_text("Host")
        someone.expect_sound()
        assert someone.page.evaluate("() => window.probe.same"), "the page was reloaded"
    expect(host.page.locator("#dock-body")).to_have_attribute("data-seat", "open")
    expect(host.page.locator("#dock")).to_have_attribute("data-mic", "sending")
