"""A planned Space in real browsers: planned on one's own clock, looked at from elsewhere, moved, started, cancelled."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import Person, plan

BERLIN = {"timezone_id": "Europe/Berlin", "locale": "en-GB"}
NEW_YORK = {"timezone_id": "America/New_York", "locale": "en-US"}


def says(someone: Person, sentence: str) -> None:
    expect(someone.page.locator("#notice")).to_contain_text(sentence)


@pytest.fixture
def host(member) -> Person:
    return member("Hanna", "host", **BERLIN)


def test_a_form_shows_what_belongs_to_now_or_later(host):
    page = host.page
    page.goto("/spaces/new/")
    now, later = page.get_by_role("button", name="Go on air"), page.get_by_role("button", name="Put it in the calendar")
    when = page.get_by_label("When does it start? (Europe/Berlin)")
    expect(now).to_be_visible()
    expect(when).to_be_hidden()
    page.get_by_label("Later").check()
    expect(later).to_be_visible()
    expect(now).to_be_hidden()
    when.fill("2020-01-01T10:00")
    page.get_by_text("More:").click()
    page.get_by_label("Topics").fill("one, two, three, four")
    page.get_by_label("What is it about?").press("Enter")
    expect(page.get_by_text("Choose 3 topics at most.")).to_be_visible()
    expect(page.get_by_label("Topics")).to_have_value("one, two, three, four")
    page.get_by_label("Topics").fill("one")
    later.click()
    expect(page.get_by_text("That time has passed.")).to_be_visible()
    expect(when).to_have_value("2020-01-01T10:00")
    assert page.url.endswith("/spaces/new/")
    checked_in_every_look(host)


@pytest.mark.slow
def test_everybody_sees_its_time_on_their_own_clock_and_when_it_moves(host, person):
    address = plan(host, "Gardens on the roof", days=1)
    berlin = host.page.locator(".planned-time")
    expect(berlin).to_contain_text("CET")
    guest = person("Guest", **NEW_YORK)
    guest.page.goto(address)
    elsewhere = guest.page.locator(".planned-time")
    expect(elsewhere).to_contain_text("EST")
    before = elsewhere.inner_text()
    host.page.get_by_role("link", name="Edit").click()
    when = host.page.get_by_label("When does it start? (Europe/Berlin)")
    at = datetime.fromisoformat(when.input_value()) + timedelta(minutes=45)
    when.fill(f"{at:%Y-%m-%dT%H:%M}")
    host.page.get_by_role("button", name="Save").click()
    expect(berlin).to_contain_text(f"{at:%H:%M}")
    says(guest, "This Space has another time now.")
    expect(elsewhere).not_to_have_text(before)
    expect(elsewhere).to_contain_text("EST")


@pytest.mark.slow
def test_its_page_turns_live_by_itself_also_for_somebody_who_listens_elsewhere(host, person, member):
    address = plan(host, "Bees at night", days=2)
    guest, elsewhere = person("Guest"), member("Nora")
    guest.page.goto(address)
    other = plan(elsewhere, "Next door", days=1)
    elsewhere.page.get_by_role("button", name="Start now").click()
    elsewhere.page.get_by_role("button", name="Go on air now").click()
    elsewhere.expect_sound()
    assert elsewhere.page.url == other
    elsewhere.page.goto(address)
    elsewhere.expect_sound()
    host.page.get_by_role("button", name="Start now").click()
    host.page.get_by_role("button", name="Go on air now").click()
    host.expect_sound()
    expect(host.page.locator("#dock-body")).to_have_attribute("data-seat", "muted")
    says(guest, "It has started.")
    expect(guest.page.locator("#listen")).to_be_visible()
    expect(elsewhere.page.locator("#listen")).to_be_visible()
    expect(elsewhere.page.locator(".dock-title")).to_contain_text("Next door")
    guest.page.locator("#listen").click()
    guest.expect_sound()


def test_a_reminder_is_kept_and_a_cancelled_space_says_so(host, member):
    address = plan(host, "Tomatoes", days=3)
    reader = member("Nora")
    reader.page.goto(address)
    bell = reader.page.get_by_role("button", name="Remind me of Tomatoes")
    bell.focus()
    reader.page.keyboard.press("Enter")
    done = reader.page.get_by_role("button", name="You are reminded of Tomatoes")
    expect(done).to_be_focused()
    expect(reader.page.get_by_text("1 person waits for it.")).to_be_visible()
    expect(host.page.get_by_text("1 person waits for it.")).to_be_visible()
    checked_in_every_look(reader)
    checked_in_every_look(host)
    host.page.get_by_role("button", name="Cancel the Space").click()
    host.page.locator("#confirm").get_by_role("button", name="Keep it").click()
    expect(host.page.locator("#start")).to_be_visible()
    host.page.get_by_role("button", name="Cancel the Space").click()
    host.page.locator("#confirm").get_by_role("button", name="Cancel the Space").click()
    expect(host.page.get_by_text("Hanna has cancelled this Space.")).to_be_visible()
    says(reader, "This Space will not take place.")
    expect(reader.page.get_by_text("Hanna has cancelled this Space.")).to_be_visible()
    checked_in_every_look(reader)


@pytest.mark.slow
def test_opening_ones_own_asks_before_one_leaves_another_and_planning_leaves_none(host, member):
    plan(host, "First", days=1)
    host.page.get_by_role("button", name="Start now").click()
    host.page.get_by_role("button", name="Go on air now").click()
    host.expect_sound()
    nora = member("Nora")
    nora.listen(host.page.url)
    nora.page.get_by_role("link", name="Start a Space").first.click()
    nora.page.get_by_role("button", name="Go on air").click()
    nora.page.locator("#confirm").get_by_role("button", name="Cancel").click()
    nora.page.get_by_label("Later").check()
    nora.page.get_by_role("button", name="Put it in the calendar").click()
    expect(nora.page.get_by_text("You arrive muted.")).to_be_visible()
    expect(nora.page.locator(".dock-title")).to_contain_text("First")
    nora.page.get_by_role("button", name="Start now").click()
    nora.page.get_by_role("button", name="Go on air now").click()
    expect(nora.page.locator("#dock-body")).to_have_attribute("data-role", "host")
    expect(nora.page.locator(".dock-title")).to_contain_text("Nora’s Space")


@pytest.mark.slow
def test_home_lists_what_is_to_come_and_keeps_reminders_in_place(host, member):
    plan(host, "Apples and pears", days=4)
    host.page.goto("/")
    expect(host.page.get_by_text("Nobody waits for it yet: share its link.")).to_be_visible()
    checked_in_every_look(host)
    reader = member("Nora")
    reader.page.goto("/")
    reader.page.get_by_role("button", name="Remind me of Apples and pears").click()
    expect(reader.page.get_by_role("button", name="You are reminded of Apples and pears")).to_be_visible()
    checked_in_every_look(reader)
    reader.page.get_by_role("link", name="Apples and pears").click()
    expect(reader.page.get_by_role("heading", name="Apples and pears", level=1)).to_be_visible()
    reader.page.get_by_role("button", name="You are reminded of Apples and pears").click()
    expect(reader.page.get_by_role("button", name="Remind me of Apples and pears")).to_be_visible()


@pytest.mark.slow
def test_the_edit_page_is_for_everybody(host):
    plan(host, "Gardens on the roof", days=1)
    host.page.get_by_role("link", name="Edit").click()
    expect(host.page.get_by_role("heading", name="Edit this Space")).to_be_visible()
    checked_in_every_look(host)
