"""One at a time: from a hand to the floor, heard while it lasts, and down again by itself."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.people import Person, open_space, take_seat, unmute

pytestmark = pytest.mark.slow

RUNS = re.compile(r"\d:\d\d")


def one_at_a_time(host: Person, seconds: int) -> None:
    panel = host.page.locator("#manage-turns")
    panel.locator("summary").click()
    panel.get_by_label("or of").fill(str(seconds))
    panel.get_by_role("button", name="Start").click()
    expect(host.page.locator("#manage-floor")).to_contain_text("The floor is free.")


def test_a_turn_from_the_hand_to_the_floor_and_down_again(member, person):
    host, leo, mia, guest = member("Hanna", "host"), member("Leo"), member("Mia"), person("Guest")
    link = open_space(host, "Gardens on the roof")
    for someone in (leo, mia, guest):
        someone.listen(link)
    one_at_a_time(host, 15)

    # The first hand is offered the floor without anybody pressing anything, the second waits.
    leo.page.get_by_role("button", name="Raise hand").click()
    expect(leo.page.locator("#offer")).to_contain_text(re.compile(r"You are offered the floor\. 0:[0-3]\d left"))
    mia.page.get_by_role("button", name="Raise hand").click()
    expect(mia.page.get_by_role("button", name="Lower hand")).to_be_visible()
    expect(mia.page.locator("#queue-state")).to_have_text("You are next in the queue.")
    expect(host.page.locator("#manage-floor")).to_contain_text("Leo is asked to take it.")

    leo.page.get_by_role("button", name="Take the floor").click()
    unmute(leo)
    for where in (leo.page.locator("#floor"), host.page.locator("#manage-floor"), guest.page.locator(".tile-turn")):
        expect(where.get_by_role("timer")).to_have_text(RUNS)
        shown = where.get_by_role("timer").inner_text()
        expect(where.get_by_role("timer")).not_to_have_text(shown)
    expect(guest.page.locator("#stage .tile-floor.speaking .tile-name")).to_have_text("Leo")

    # The time is over: the speaker listens again, and the next is asked.
    expect(leo.page.locator("#dock-body")).to_have_attribute("data-seat", "none", timeout=25_000)
    leo.expect_sound()
    expect(mia.page.locator("#offer")).to_contain_text("You are offered the floor.")
    expect(guest.page.locator("#stage")).not_to_contain_text("Leo")

    # A host gives time, and ends it before it is over.
    mia.page.get_by_role("button", name="Take the floor").click()
    host.page.get_by_role("button", name="Give Mia 0:15 more").click()
    expect(mia.page.locator("#floor").get_by_role("timer")).to_have_text(re.compile("0:2[0-9]"))
    host.page.get_by_role("button", name="End the turn of Mia").click()
    expect(mia.page.locator("#dock-body")).to_have_attribute("data-seat", "none")
    host.page.get_by_role("button", name="Switch one at a time off").click()
    expect(host.page.locator("#manage-floor")).to_have_count(0)


def test_a_speaker_without_the_floor_is_told_how_to_get_it(member):
    host, leo = member("Hanna", "host"), member("Leo")
    link = open_space(host, "Gardens on the roof")
    leo.listen(link)
    take_seat(leo, host)
    unmute(leo)
    one_at_a_time(host, 60)
    expect(leo.page.locator("#dock-body")).to_have_attribute("data-seat", "muted")
    expect(leo.page.locator("#floor")).to_contain_text("step down and raise your hand")
    expect(leo.page.get_by_role("button", name="Un-mute")).to_have_count(0)
    leo.page.get_by_role("button", name="Step down").click()
    leo.page.get_by_role("button", name="Raise hand").click()
    leo.page.get_by_role("button", name="Take the floor").click()
    unmute(leo)
    host.page.get_by_role("button", name="Switch one at a time off").click()
    expect(leo.page.locator("#floor")).to_have_count(0)
    expect(leo.page.locator("#dock-body")).to_have_attribute("data-seat", "open")
