"""The hosts' panel under the hand of somebody who uses it while news comes in."""

import pytest
from playwright.sync_api import expect

from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import open_space, take_seat

pytestmark = pytest.mark.slow


def test_news_leaves_open_what_is_open_and_typed_what_is_typed(member, person):
    host, leo = member("Hanna", "host"), member("Leo")
    link = open_space(host, "Gardens on the roof")
    leo.listen(link)
    panel = host.page.locator("#manage")
    panel.locator("#manage-listeners > summary").click()
    panel.locator("#manage-turns > summary").click()
    field = panel.get_by_label("or of")
    field.press_sequentially("4")
    person("Guest").listen(link)
    expect(panel).to_contain_text("Guest")
    expect(field).to_be_focused()
    field.press_sequentially("5")
    expect(field).to_have_value("45")
    for menu in ("#manage-listeners", "#manage-turns", "#manage-stage"):
        expect(panel.locator(menu)).to_have_attribute("open", "")

    # The same menu, by what it does.
    panel.get_by_label("More about Leo").click()
    expect(panel.get_by_role("button", name="Make co-host")).to_be_visible()
    person("Another guest").listen(link)
    expect(panel.locator(".manage-person", has_text="Guest")).to_have_count(2)
    panel.get_by_role("button", name="Make co-host").click()
    expect(panel).to_contain_text("asked to co-host")


def test_somebody_removed_is_let_back_in(member):
    host, leo = member("Hanna", "host"), member("Leo")
    link = open_space(host, "Gardens on the roof")
    leo.listen(link)
    panel = host.page.locator("#manage")
    panel.locator("#manage-listeners > summary").click()
    panel.get_by_label("More about Leo").click()
    panel.get_by_role("button", name="Remove from the Space").click()
    host.page.locator("#confirm").get_by_role("button", name="Remove").click()
    expect(leo.page.get_by_text("You were removed from this Space")).to_be_visible()
    panel.locator("#manage-gone > summary").click()
    panel.get_by_role("button", name="Let Leo back in").click()
    expect(panel.locator("#manage-gone")).to_contain_text("left")
    leo.listen(link)
    expect(host.page.locator("#roster")).to_contain_text("Leo")


@pytest.mark.long
def test_every_control_is_accessible_in_every_look(member):
    host, leo, mia = member("Hanna", "host"), member("Leo"), member("Mia")
    link = open_space(host, "Gardens on the roof, and who waters them in August")
    for someone in (leo, mia):
        someone.listen(link)
    take_seat(leo, host)
    panel = host.page.locator("#manage")
    for section in ("#manage-listeners", "#manage-turns"):
        panel.locator(f"{section} > summary").click()
    panel.get_by_label("More about Leo").click()
    checked_in_every_look(host)
    panel.get_by_role("button", name="Make co-host").click()
    expect(leo.page.locator("#cohost-offer")).to_be_visible()
    checked_in_every_look(leo)
    host.page.get_by_role("button", name="Leave or end").click()
    expect(host.page.get_by_role("dialog")).to_be_visible()
    checked_in_every_look(host)
    host.page.keyboard.press("Escape")
    panel.get_by_role("button", name="1:00", exact=True).click()
    mia.page.get_by_role("button", name="Raise hand").click()
    expect(mia.page.locator("#offer")).to_be_visible()
    checked_in_every_look(mia)
    mia.page.get_by_role("button", name="Take the floor").click()
    expect(host.page.locator("#manage-floor")).to_contain_text("Mia has the floor")
    checked_in_every_look(host)
    checked_in_every_look(mia)
