"""A replay in a real browser: played, sought by mouse and by keyboard, left and come back to."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.for_all import checked_in_every_look
from tests.setup.installation import HOME, Installation, environment

TITLE = "Small gardens on high roofs"


@pytest.fixture
def host(member):
    return member("Hanna", "host")


@pytest.fixture
def own(host, installation) -> str:
    """Where the host's replay can be heard."""
    return replayed(host.handle, installation)


@pytest.fixture(scope="module")
def address(site, installation) -> str:
    """Where one can be heard that nobody here changes: the host opens it, two others answer."""
    return replayed("host", installation)


def replayed(handle: str, installation: Installation) -> str:
    """Two minutes of sound."""
    made = subprocess.run(
        [sys.executable, "-m", "tests.support.replayed", handle, TITLE],
        env=environment(installation.var),
        cwd=HOME,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return f"/spaces/{made.stdout.strip().splitlines()[-1]}/replay/"


def at(page: Page) -> float:
    return page.evaluate("() => document.getElementById('replay-audio').currentTime")


def expect_at(page: Page, seconds: float, within: float = 1.0) -> None:
    page.wait_for_function(
        "([at, within]) => Math.abs(document.getElementById('replay-audio').currentTime - at) < within",
        arg=[seconds, within],
    )


def expect_state(page: Page, state: str) -> None:
    expect(page.locator("#replay-player")).to_have_attribute("data-state", state)


def press_play(page: Page) -> None:
    page.get_by_role("button", name="Play", exact=True).click()
    expect_state(page, "playing")


def test_a_replay_is_found_played_and_come_back_to(person, address):
    guest = person("Guest")
    page = guest.page
    page.goto(address.removesuffix("replay/"))
    page.get_by_role("link", name="Listen to the replay").click()
    expect(page.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
    slider = page.get_by_role("slider", name="Position")
    expect(slider).to_have_attribute("aria-valuemax", "120")

    press_play(page)
    page.wait_for_function("() => document.getElementById('replay-audio').currentTime > 0.5")
    # Who speaks there lights up.
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 40 / 120, box["y"] + box["height"] / 2)
    page.wait_for_function("() => document.getElementById('replay-audio').currentTime > 39")
    speaking = page.locator(".player-person.speaking .player-name")
    expect(speaking).to_have_text("Speaker")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"0:4\d of 2:00, Speaker"))

    page.get_by_role("button", name="Pause", exact=True).click()
    expect_state(page, "paused")
    page.get_by_role("link", name="Cohost").click()
    expect_at(page, 66)
    expect(page.locator("[data-chapter][aria-current]")).to_contain_text("Cohost")
    page.get_by_role("button", name="Back 15 s").click()
    expect_at(page, 51)
    page.get_by_role("button", name="Next speaker").click()
    expect_at(page, 65.75)
    page.get_by_label("Speed").select_option("1.5")
    assert page.evaluate("() => document.getElementById('replay-audio').playbackRate") == 1.5
    assert page.evaluate("() => document.getElementById('replay-audio').preservesPitch")

    # Elsewhere and back: the beginning, and an offer to go on.
    page.get_by_role("link", name="About this Space").click()
    expect(page.get_by_role("heading", level=2, name="There is a replay")).to_be_visible()
    page.get_by_role("link", name="Listen to the replay").click()
    again = page.get_by_role("button", name=re.compile("Continue at 1:0[56]"))
    expect(again).to_be_visible()
    assert at(page) < 1
    again.click()
    expect_state(page, "playing")
    expect_at(page, 66, within=4)
    expect(page.get_by_label("Speed")).to_have_value("1.5")


@pytest.mark.parametrize(("asked", "begins"), [("75", 75), ("1m15s", 75), ("0h1m5s", 65), ("soon", 0), ("999", 120)])
def test_an_address_names_the_moment_to_begin_at(person, address, asked, begins):
    page = person("Guest").page
    page.goto(f"{address}?t={asked}")
    expect_at(page, begins)


def test_a_replay_is_played_by_keyboard_alone(person, address):
    page = person("Guest").page
    page.goto(address)
    slider = page.get_by_role("slider", name="Position")
    slider.focus()
    page.keyboard.press("PageUp")
    expect_at(page, 60)
    page.keyboard.press("ArrowLeft")
    expect_at(page, 55)
    page.keyboard.press("Home")
    expect_at(page, 0)
    page.keyboard.press("Space")
    expect_state(page, "playing")
    page.keyboard.press("k")
    expect_state(page, "paused")
    page.keyboard.press("5")
    expect_at(page, 60)
    page.keyboard.press("l")
    expect_at(page, 75)
    page.keyboard.press("j")
    expect_at(page, 60)
    page.keyboard.press(">")
    expect(page.get_by_label("Speed")).to_have_value("1.25")
    page.keyboard.press("n")
    expect_at(page, 65.75)
    # One can switch them off, and then letters are letters.
    page.locator(".player-keys > summary").click()
    page.get_by_label("These keys work wherever I am on this page").uncheck()
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("9")
    expect_at(page, 65.75)


def test_the_host_cuts_off_the_beginning_and_deletes_it(host, person, own):
    page, guest = host.page, person("Guest").page
    page.goto(own)
    page.get_by_role("link", name="Edit or delete").click()
    page.get_by_label("Title").fill("Roofs, revisited")
    page.get_by_label("Where does it begin?").fill("0:27")
    page.get_by_label("For good").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1, name="Roofs, revisited")).to_be_visible()
    expect(page.get_by_text("It stays until Hanna deletes it.")).to_be_visible()

    guest.goto(own)
    expect_at(guest, 27)
    guest.get_by_role("slider", name="Position").press("Home")
    expect_at(guest, 27)
    page.get_by_role("link", name="Edit or delete").click()
    page.get_by_role("button", name="Delete this replay").click()
    page.get_by_role("button", name="Delete it for ever").click()
    expect(page.get_by_role("heading", name="It is deleted")).to_be_visible()
    guest.reload()
    expect(guest.get_by_role("heading", name="It is deleted")).to_be_visible()


@pytest.mark.slow
def test_its_pages_are_for_everybody(host, person, own):
    guest = person("Guest")
    guest.page.goto(f"{own}?t=52")
    expect(guest.page.locator(".player-person.speaking")).to_have_count(1)
    checked_in_every_look(guest)
    host.page.goto(own)
    checked_in_every_look(host)
    host.page.get_by_role("link", name="Edit or delete").click()
    expect(host.page.get_by_role("heading", level=1, name="Edit this replay")).to_be_visible()
    checked_in_every_look(host)


def test_without_scripts_the_browsers_own_player_plays(browsers, site, address):
    context = browsers["listener"].new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#replay-audio")).to_be_visible()
    expect(page.get_by_role("button", name="Play", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Save the sound")).to_be_visible()
    context.close()
