"""Helping to host, taking over, and going without ending it."""

import pytest
from playwright.sync_api import expect

from tests.journeys.people import open_space, take_seat, unmute

pytestmark = pytest.mark.slow


def more_about(host, name: str, act: str) -> None:
    host.page.locator("#manage").get_by_label(f"More about {name}").click()
    host.page.get_by_role("button", name=act).click()


def test_a_co_host_is_asked_says_yes_and_helps(member):
    host, leo, mia = member("Hanna", "host"), member("Leo"), member("Mia")
    link = open_space(host, "Gardens on the roof")
    for someone in (leo, mia):
        someone.listen(link)
    take_seat(leo, host)
    more_about(host, "Leo", "Make co-host")
    expect(host.page.locator("#manage")).to_contain_text("asked to co-host")
    leo.page.locator("#dock").get_by_role("button", name="Accept").click()
    expect(leo.page.locator("#cohost-offer")).to_have_count(0)
    expect(mia.page.locator("#stage .tile", has_text="Leo")).to_contain_text("Co-host")

    # They answer hands, and see nothing that is the host's alone.
    mia.page.get_by_role("button", name="Raise hand").click()
    leo.page.get_by_role("button", name="Offer Mia a seat").click()
    mia.page.get_by_role("button", name="Take the seat").click()
    leo.page.locator("#manage").get_by_label("More about Mia").click()
    expect(leo.page.get_by_role("button", name="Move to listeners")).to_be_visible()
    for act in ("Make co-host", "Hand the Space over"):
        expect(leo.page.get_by_role("button", name=act)).to_have_count(0)
    expect(leo.page.locator("#manage-turns")).to_have_count(0)

    more_about(host, "Leo", "Not co-host any more")
    expect(leo.page.locator("#manage")).to_be_hidden()
    expect(leo.page.locator("#dock-body")).to_have_attribute("data-seat", "muted")


def test_a_co_host_offer_is_declined_in_the_dock(member):
    host, leo = member("Hanna", "host"), member("Leo")
    link = open_space(host, "Gardens on the roof")
    leo.listen(link)
    host.page.locator("#manage-listeners summary").first.click()
    more_about(host, "Leo", "Make co-host")
    leo.page.locator("#dock").get_by_role("button", name="Not now").click()
    expect(leo.page.locator("#cohost-offer")).to_have_count(0)
    expect(host.page.locator("#manage")).not_to_contain_text("asked to co-host")


def test_the_host_hands_over_and_stays(member):
    host, leo = member("Hanna", "host"), member("Leo")
    link = open_space(host, "Gardens on the roof")
    unmute(host)
    leo.listen(link)
    take_seat(leo, host)
    more_about(host, "Leo", "Hand the Space over")
    host.page.locator("#confirm").get_by_role("button", name="Hand over").click()
    expect(leo.page.locator("#manage-title")).to_be_visible()
    expect(leo.page.locator("#space-header")).to_contain_text("Hosted by Leo")
    expect(host.page.locator("#manage")).to_be_hidden()
    expect(host.page.locator("#dock-body")).to_have_attribute("data-seat", "open")
    host.page.get_by_role("button", name="Step down").click()
    expect(host.page.get_by_role("button", name="Raise hand")).to_be_visible()


def test_the_host_leaves_and_the_space_goes_on(member):
    host, leo = member("Hanna", "host"), member("Leo")
    link = open_space(host, "Gardens on the roof")
    leo.listen(link)
    take_seat(leo, host)
    unmute(leo)
    host.page.get_by_role("button", name="Leave or end").click()
    dialog = host.page.get_by_role("dialog")
    expect(dialog.get_by_label("Leo")).to_be_checked()
    dialog.get_by_role("button", name="Hand over and leave").click()
    expect(host.page.locator("#listen")).to_be_visible()
    expect(host.page.locator("#stage")).to_contain_text("Leo")
    expect(leo.page.locator("#dock-body")).to_have_attribute("data-role", "host")
    expect(leo.page.locator("#dock-body")).to_have_attribute("data-seat", "open")
    # Another page is no reason to stay: the question comes with the dock.
    leo.page.get_by_role("link", name="Openfloor").first.click()
    expect(leo.page.get_by_role("heading", name="On air now")).to_be_visible()
    leo.page.get_by_role("button", name="Leave or end").click()
    leo.page.get_by_role("dialog").get_by_role("button", name="End for everybody").click()
    expect(host.page.get_by_text("This Space has ended")).to_be_visible()
    expect(leo.page.locator("#dock-body")).to_have_count(0)


def test_whoever_stays_after_all_is_asked_anew_the_next_time(member):
    host, leo = member("Hanna", "host"), member("Leo")
    link = open_space(host, "Gardens on the roof")
    host.page.get_by_role("button", name="Leave or end").click()
    expect(host.page.get_by_role("dialog")).to_contain_text("offer somebody a seat first")
    host.page.get_by_role("button", name="Stay").click()
    expect(host.page.get_by_role("dialog")).to_have_count(0)
    leo.listen(link)
    take_seat(leo, host)
    host.page.keyboard.press("Escape")
    host.page.get_by_role("button", name="Leave or end").click()
    expect(host.page.get_by_role("dialog").get_by_label("Leo")).to_be_visible()
    host.page.keyboard.press("Escape")
    expect(host.page.locator("#end")).to_be_focused()
