"""The home page while it is looked at: what comes is offered, what changes changes in its place, what ends stays."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import Person, open_space

pytestmark = pytest.mark.slow


@pytest.fixture
def host(member) -> Person:
    return member("Hildegunde", "host")


def card(someone: Person, title: str):
    return someone.page.locator(".space-card", has_text=title)


def test_what_comes_is_offered_and_what_changes_stays_in_its_place(host, person, member):
    reader = person("Guest")
    reader.page.goto("/")
    address = open_space(host, "Lanterns for moths")
    pill = reader.page.get_by_role("button", name=re.compile(r"\d+ new Spaces?: show"))
    expect(pill).to_be_visible()
    expect(card(reader, "Lanterns for moths")).to_have_count(0)
    pill.click()
    expect(card(reader, "Lanterns for moths")).to_be_visible()
    expect(pill).to_have_count(0)

    place = card(reader, "Lanterns for moths")
    place.hover()
    before = place.bounding_box()
    person("Lou").listen(address)
    expect(place).to_contain_text("1 listening")
    assert place.bounding_box() == before
    assert place.evaluate("(element) => element.matches(':hover')")
    checked_in_every_look(reader)

    place.hover()
    before = place.bounding_box()
    host.page.locator("#end").click()
    host.page.get_by_role("button", name="End for everybody").click()
    expect(reader.page.locator(".space-card-over", has_text="Lanterns for moths")).to_be_visible()
    expect(place).to_contain_text("Has ended")
    assert place.bounding_box()["y"] == before["y"]
    checked_in_every_look(reader)


def test_search_finds_while_one_types_and_filters_are_addresses(host, member):
    open_space(host, "Ornithopters, mostly")
    reader = member("Nora")
    page = reader.page
    page.goto("/search/")
    expect(page.get_by_text("Begin with a topic, a title or a name.")).to_be_visible()
    checked_in_every_look(reader)
    page.locator("#q").press_sequentially("ornith")
    expect(page.locator(".space-card", has_text="Ornithopters, mostly")).to_be_visible()
    expect(page).to_have_url(re.compile("q=ornith"))
    expect(page.locator("#q")).to_be_focused()
    checked_in_every_look(reader)
    page.get_by_role("link", name="People", exact=True).click()
    expect(page.get_by_text("Nothing here is called “ornith” among these")).to_be_visible()
    page.locator("#q").fill("Hildegunde")
    expect(page.get_by_role("link", name=re.compile(f"@{host.handle}"))).to_be_visible()
    page.goto("/")
    checked_in_every_look(reader)
