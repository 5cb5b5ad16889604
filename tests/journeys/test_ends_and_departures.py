"""How people learn, in every window they have, that a Space ended, or goes on without them."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import Person, open_space, take_seat

pytestmark = pytest.mark.slow


def window(someone: Person, address: str) -> Page:
    """One more, beside the one they look at."""
    page = someone.context.new_page()
    page.goto(address)
    return page


def end(host: Person) -> None:
    host.page.locator("#end").click()
    host.page.get_by_role("button", name="End for everybody").click()


def news(page: Page):
    return expect(page.locator("#space-news"))


def test_the_end_is_told_in_every_window_and_leads_on(member, person):
    host, speaker, listener, guest = member("Hanna", "host"), member("Leo"), member("Noor"), person("Guest")
    title = f"Gardens of {host.handle}"
    link = open_space(host, title)
    speaker.listen(link)
    take_seat(speaker, host)
    listener.listen(link)
    elsewhere = window(listener, "/")
    outside = window(guest, link)
    expect(elsewhere.locator("#dock-body")).to_have_attribute("data-inside", "1")
    end(host)

    for page in (host.page, speaker.page, listener.page, outside):
        news(page).to_have_text("This Space has ended. Hanna closed it for everybody.")
        expect(page.locator("#spoke-title")).to_be_visible()
        expect(page.locator(".spoke-name")).to_have_text(["Hanna", "Leo"])
        expect(page.locator(".copy-fate")).to_contain_text("no copy")
        expect(page.locator("#dock-body, #listen")).to_have_count(0)
    expect(elsewhere.locator("#notice")).to_contain_text(f"You are no longer in “{title}”. This Space has ended.")
    expect(elsewhere.locator("#dock-body")).to_have_count(0)
    expect(elsewhere.get_by_role("heading", level=1)).to_be_visible()
    expect(outside.locator(".spoke button")).to_have_count(0)

    page = listener.page
    page.get_by_role("button", name="Follow Leo").click()
    expect(page.get_by_role("button", name="Following Leo")).to_be_focused()
    checked_in_every_look(listener)
    page.reload()
    expect(page.get_by_role("button", name="Following Leo")).to_be_visible()
    expect(speaker.page.get_by_role("button", name="Follow Hanna")).to_be_visible()
    expect(speaker.page.get_by_role("button", name="Follow Leo")).to_have_count(0)


def test_the_pages_of_a_big_audience_follow_the_news_one_after_the_other(member, person):
    host, guest = member("Hanna", "host"), person("Guest")
    guest.page.goto(open_space(host, "Gardens on the roof"))
    # As if so many were listening: up to five seconds may pass.
    guest.page.evaluate("() => { document.getElementById('space-header').dataset.listeners = 200; }")
    end(host)
    news(guest.page).to_contain_text("This Space has ended.")
    expect(guest.page.locator("#spoke-title")).to_be_visible()
    expect(guest.page.locator("#listen, #stage")).to_have_count(0)


def test_whoever_listens_elsewhere_sees_the_end_of_the_page_they_look_at_and_hears_on(member):
    host, other, listener = member("Hanna", "host"), member("Iris"), member("Noor")
    title = f"Gardens of {host.handle}"
    ending, staying = open_space(host, title), open_space(other, "Bees on balconies")
    listener.listen(staying)
    session = listener.page.locator("#dock").get_attribute("data-session")
    # As people browse: without losing the sound.
    listener.page.get_by_role("link", name="Openfloor").first.click()
    listener.page.locator(".space-card a", has_text=title).click()
    expect(listener.page.locator("#listen")).to_be_visible()
    assert listener.page.url == ending
    end(host)
    news(listener.page).to_contain_text("This Space has ended.")
    expect(listener.page.locator("#spoke-title")).to_be_visible()
    expect(listener.page.locator("#listen")).to_have_count(0)
    listener.expect_sound()
    assert listener.page.locator("#dock").get_attribute("data-session") == session


def test_whoever_is_removed_reads_it_in_every_window(member):
    host, listener = member("Hanna", "host"), member("Noor")
    title = f"Gardens of {host.handle}"
    link = open_space(host, title)
    listener.listen(link)
    second, elsewhere = window(listener, link), window(listener, "/")
    expect(elsewhere.locator("#dock-body")).to_have_attribute("data-inside", "1")
    expect(second.locator("#dock-body")).to_have_attribute("data-inside", "1")
    listener.page.get_by_role("button", name="Raise hand").click()
    host.page.get_by_label("More about Noor").first.click()
    host.page.get_by_role("button", name="Remove from the Space").first.click()
    host.page.get_by_role("button", name="Remove", exact=True).click()
    for page in (listener.page, second):
        expect(page.get_by_role("heading", name="You were removed from this Space")).to_be_visible()
        expect(page.locator("#dock-body, #stage")).to_have_count(0)
    expect(elsewhere.locator("#notice")).to_contain_text("The hosts removed you from this Space.")
    checked_in_every_look(listener)


def test_guests_read_in_every_window_that_they_need_an_account_now(member, person):
    host, guest, stranger = member("Hanna", "host"), person("Guest"), person("Stranger")
    title = f"Gardens of {host.handle}"
    link = open_space(host, title)
    guest.listen(link)
    stranger.page.goto(link)
    second, elsewhere = window(guest, link), window(guest, "/")
    expect(second.locator("#dock-body")).to_have_attribute("data-inside", "1")
    expect(elsewhere.locator("#dock-body")).to_have_attribute("data-inside", "1")
    host.page.get_by_role("link", name="Edit the Space").click()
    host.page.get_by_label("People without an account may listen").uncheck()
    host.page.get_by_role("button", name="Save").click()
    for page in (guest.page, second, stranger.page):
        expect(page.get_by_role("heading", name="This Space is for people with an account")).to_be_visible()
        expect(page.locator("#listen, #dock-body")).to_have_count(0)
        expect(page.locator("#stage")).to_contain_text("Hanna")
    expect(guest.page.locator(".join")).to_contain_text("Its host switched guests off")
    expect(stranger.page.locator(".join")).not_to_contain_text("switched guests off")
    expect(elsewhere.locator("#notice")).to_contain_text("This Space is for people with an account.")
    host.expect_sound()
    checked_in_every_look(guest)
    guest.page.locator(".join").get_by_role("link", name="Sign in").click()
    expect(guest.page.locator("input[name=next]")).to_have_value(link.removeprefix(guest.page.url.split("/account")[0]))
