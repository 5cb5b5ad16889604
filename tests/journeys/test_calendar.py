"""One's own calendar page: for every window, and a new address made, copied and opened."""

import pytest
from playwright.sync_api import expect

from tests.journeys.for_all import checked_in_every_look

pytestmark = pytest.mark.slow


def test_the_calendar_page_is_for_everybody(member):
    someone = member("Hanna")
    someone.page.goto("/calendar/")
    expect(someone.page.get_by_role("heading", name="Your calendar", exact=True)).to_be_visible()
    checked_in_every_look(someone)


def test_a_new_address_is_made_after_asking_and_can_be_copied(member):
    someone = member("Hanna")
    page = someone.page
    page.goto("/calendar/")
    address = page.get_by_label("Your calendar’s address")
    before = address.input_value()
    assert page.request.get(before).status == 200
    page.get_by_role("button", name="Make a new address").click()
    page.locator("#confirm").get_by_role("button", name="Make a new address").click()
    expect(address).not_to_have_value(before)
    expect(page.get_by_text("This is your new address.")).to_be_visible()
    after = address.input_value()
    assert [page.request.get(each).status for each in (before, after)] == [404, 200]
    page.get_by_role("button", name="Copy the address").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == after
    opens = page.get_by_role("link", name="Open in your calendar").get_attribute("href")
    assert opens == after.replace("http://", "webcal://")
