"""Sound comes back by itself after a failure, and plays in one window at a time."""

import os
import signal

import pytest
from playwright.sync_api import expect

from tests.journeys.people import open_space, unmute
from tests.setup.installation import wait_for
from tests.support import sound


def test_a_reload_brings_back_seat_and_sound_by_itself(member):
    host = member("Hanna", "host")
    open_space(host, "Gardens on the roof")
    unmute(host)
    host.page.reload()
    expect(host.page.locator("#dock-body")).to_have_attribute("data-seat", "open")
    expect(host.page.locator("#dock")).to_have_attribute("data-mic", "sending")
    # Nobody has touched this page yet; the browser may want a tap before it plays.
    expect(host.page.locator("#dock")).to_have_attribute("data-sound", "playing")


def test_a_second_window_takes_the_sound_over_and_gives_it_back(member, person):
    host, guest = member("Hanna", "host"), person("Guest")
    link = open_space(host, "Gardens on the roof")
    unmute(host)
    guest.listen(link)
    second = guest.context.new_page()
    second.goto(link)
    expect(second.locator("#dock")).to_have_attribute("data-sound", "elsewhere")
    second.get_by_role("button", name="Listen here").click()
    expect(second.locator("#dock")).to_have_attribute("data-sound", "playing")
    expect(guest.page.locator("#dock")).to_have_attribute("data-sound", "elsewhere")
    guest.page.get_by_role("button", name="Listen here").click()
    guest.expect_sound()
    expect(second.locator("#dock")).to_have_attribute("data-sound", "elsewhere")


@pytest.mark.parametrize(
    "blow", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)], ids=["killed", "stopped"]
)
def test_a_relay_that_dies_is_replaced_and_the_page_says_so_meanwhile(member, person, installation, blow):
    host, guest = member("Hanna", "host"), person("Guest")
    link = open_space(host, "Gardens on the roof")
    unmute(host)
    guest.listen(link)
    relay = next(pid for pid, command in installation.processes().items() if "runrelay" in command)
    guest.page.evaluate("() => probe.watch('#sound-state')")
    session = guest.page.locator("#dock").get_attribute("data-session")
    os.kill(relay, blow)
    expect(guest.page.locator("#dock")).not_to_have_attribute("data-session", session)
    guest.expect_sound()
    # It may be there for a blink only.
    assert "Sound is coming back…" in guest.page.evaluate("() => probe.words")
    expect(host.page.locator("#dock")).to_have_attribute("data-mic", "sending")
    expect(host.page.locator("#dock-body")).to_have_attribute("data-seat", "open")
    wait_for(lambda: sound.dbfs(guest.hears(1)) > sound.SILENCE_DBFS, 20)
    assert sound.dbfs(guest.hears(2)) > sound.SILENCE_DBFS
    expect(guest.page.locator("#stage .tile.speaking")).to_contain_text("Hanna")
