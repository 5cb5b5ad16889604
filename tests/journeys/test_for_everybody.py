"""Pages for all: small and large windows, light and dark, by keyboard, read aloud; and what bad addresses look like."""

import pytest
from playwright.sync_api import expect

from tests.journeys.for_all import press_until
from tests.journeys.people import open_space


def test_joining_speaking_and_leaving_by_keyboard_alone(member, person):
    host, guest = member("Hanna", "host"), person("Guest")
    link = open_space(host, "Gardens on the roof")
    guest.page.goto(link)
    press_until(guest.page, "#listen")
    guest.page.keyboard.press("Enter")
    guest.expect_sound()
    press_until(guest.page, "#leave")
    guest.page.keyboard.press("Enter")
    expect(guest.page.locator("#listen")).to_be_visible()
    press_until(host.page, "#mute")
    host.page.keyboard.press("Space")
    expect(host.page.locator("#dock-body")).to_have_attribute("data-seat", "open")


def test_the_button_one_stands_on_keeps_the_focus_while_it_is_answered(member):
    """Pressed again at once, it does the other thing."""
    host = member("Hanna", "host")
    open_space(host, "Gardens on the roof")
    seat = host.page.locator("#dock-body")
    press_until(host.page, "#mute")
    for expected in ("open", "muted", "open"):
        host.page.keyboard.press("Enter")
        expect(seat).to_have_attribute("data-seat", expected)
        expect(host.page.locator("#mute")).to_be_focused()


def test_an_unknown_space_is_a_page_that_leads_on(person, site):
    guest = person("Guest")
    assert guest.page.goto("/spaces/nowhere/").status == 404
    expect(guest.page.get_by_role("heading", level=1)).to_be_visible()
    guest.page.locator("#main").get_by_role("link").first.click()
    expect(guest.page).to_have_url(f"{site}/")


@pytest.mark.parametrize("title", ["\u202e\u2066", "<b>\u200d</b>" + "x" * 70])
def test_a_title_that_cannot_be_used_is_said_beside_the_field_and_what_was_typed_stays(member, title):
    host = member("Hanna", "host")
    host.page.goto("/spaces/new/")
    host.page.get_by_label("What is it about?").fill(title)
    host.page.get_by_role("button", name="Go on air").click()
    expect(host.page.locator(".errors")).to_be_visible()
    expect(host.page.get_by_label("What is it about?")).to_have_attribute("aria-invalid", "true")


def test_markup_in_names_and_titles_is_only_text(member, person):
    host, guest = member("<i>Hanna</i>", "host"), person("Guest")
    hostile = "<img src=x onerror=document.title='taken'>"
    link = open_space(host, hostile)
    guest.listen(link)
    expect(guest.page.get_by_role("heading", level=1)).to_have_text(hostile)
    expect(guest.page.locator("#stage")).to_contain_text("<i>Hanna</i>")
    assert guest.page.title() != "taken"
    assert guest.page.locator("img[src=x], #stage i:not(.bars i)").count() == 0


def test_without_permission_for_the_microphone_one_is_told_what_to_do_and_listens_on(member):
    host = member("Hanna", "host")
    host.page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
    )
    open_space(host, "Gardens on the roof")
    expect(host.page.locator("#dock")).to_have_attribute("data-mic", "refused")
    expect(host.page.locator("#mic-state")).to_contain_text("Allow it")
    host.expect_sound()
