"""Somebody likes a replay, says something at a moment of it, passes it on from there, and cuts a clip of it."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import Person
from tests.setup.installation import HOME, Installation, environment

pytestmark = pytest.mark.slow


def recorded(host: Person, title: str, installation: Installation) -> str:
    """The address of a replay of theirs that is ready: two minutes."""
    making = [sys.executable, "-m", "tests.support.replayed", host.handle, title]
    made = subprocess.run(
        making, env=environment(installation.var), cwd=HOME, check=True, capture_output=True, text=True
    )
    return f"/spaces/{made.stdout.split()[-1]}/replay/"


def played_at(page: Page, seconds: float) -> None:
    page.wait_for_function(
        "(at) => Math.abs(document.getElementById('replay-audio').currentTime - at) < 0.6", arg=seconds
    )


def go_to(page: Page, seconds: float) -> None:
    page.evaluate(
        """(ms) => document.getElementById("replay-audio").dispatchEvent(
            new CustomEvent("replay:seek", { detail: { ms } }))""",
        seconds * 1000,
    )
    played_at(page, seconds)


def test_a_replay_is_answered_and_passed_on(member, person, installation):
    host, friend, listener = member("Hanna", "host"), member("Ada"), member("Leo")
    address = recorded(host, "Small gardens", installation)

    # Ada likes it; Leo, who follows her, reads so.
    page = friend.page
    page.goto(address)
    page.get_by_role("button", name="Like").click()
    expect(page.locator("#like")).to_have_attribute("aria-pressed", "true")
    page.goto(f"/@{host.handle}/")
    expect(page.get_by_role("button", name="Podcast")).to_be_visible()
    page = listener.page
    page.goto(f"/@{friend.handle}/")
    page.get_by_role("button", name="Follow Ada").click()
    page.goto(address)
    expect(page.locator(".likes-friends")).to_have_text(re.compile("Ada likes this"))

    # A comment belongs to the moment at which one began to write it.
    go_to(page, 42)
    page.get_by_label("Your comment on this moment").press_sequentially("Bees, <b>of course</b>")
    go_to(page, 70)
    page.get_by_role("button", name="Comment at 0:42").click()
    said = page.locator(".comment")
    expect(said).to_contain_text("Bees, <b>of course</b>")
    expect(page.get_by_label("Your comment on this moment")).to_have_value("")
    expect(page.locator("#comment-marks rect")).to_have_count(1)
    said.get_by_role("link", name="Listen at").click()
    played_at(page, 42)

    # The link starts where it plays.
    page.get_by_label("Start at 0:42").check()
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert link.endswith(f"{address}?t=42")
    guest = person("Guest")
    guest.page.goto(link)
    played_at(guest.page, 42)
    expect(guest.page.get_by_text("Sign in to like")).to_be_visible()

    # A clip of what is heard now.
    page.get_by_text("Cut a clip").click()
    page.get_by_label("Title").fill("About bees")
    page.get_by_role("button", name="Begin at 0:42").click()
    expect(page.locator("output[for=clip-start]")).to_have_text("0:42")
    page.get_by_label("Lasts").fill("5000")
    checked_in_every_look(listener)
    page.get_by_role("button", name="Cut it").click()
    page.get_by_role("link", name="About bees").first.click()
    expect(page.get_by_role("heading", level=1, name="About bees")).to_be_visible()
    checked_in_every_look(listener)
    plays_its_range(page)
    page.get_by_role("button", name="Delete it").click()
    page.locator("#confirm").get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("No clips so far.")).to_be_visible()

    # The host takes away what was said.
    page = host.page
    page.goto(address)
    page.get_by_role("button", name="Delete what Leo said").click()
    page.locator("#confirm").get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("Nobody has said anything yet.")).to_be_visible()
    expect(page.locator("#comment-marks rect")).to_have_count(0)


def plays_its_range(page: Page) -> None:
    """From 42 to 47 seconds of the file, and from its beginning again."""
    page.get_by_role("button", name="Play", exact=True).click()
    button = page.locator("#clip-play")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => document.getElementById('clip-audio').currentTime > 42.3")
    expect(button).to_have_attribute("aria-pressed", "false")
    ended = page.evaluate("() => document.getElementById('clip-audio').currentTime")
    assert 46.8 < ended < 47.8
    button.click()
    page.wait_for_function(
        "() => { const at = document.getElementById('clip-audio').currentTime; return at > 42 && at < 46; }"
    )
    button.click()
