"""Pages for all: small and large windows, light and dark, by keyboard, read aloud; and what bad addresses look like."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.people import Person, open_space

SCREENS = [
    pytest.param({"width": width, "height": height}, scheme, id=f"{width}px {scheme}")
    for width, height in ((360, 740), (1440, 900))
    for scheme in ("light", "dark")
]
THUMB = 44


def accessible(page) -> list[str]:
    """What axe finds, one line each."""
    # Without preload: axe would fetch stylesheets into inline styles, which the policy refuses.
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [f"{v['id']}: {node['html'][:120]}" for v in found for node in v["nodes"]]


def sideways(page) -> bool:
    return page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")


def small_targets(page) -> list[str]:
    """Controls a thumb would miss: buttons under 44 px, apart from links within a sentence."""
    return page.evaluate(
        """(least) => [...document.querySelectorAll("button, summary, .button, input[type=range]")]
          .filter((e) => e.checkVisibility() && !e.disabled)
          .map((e) => [e, e.getBoundingClientRect()])
          .filter(([, box]) => box.width && (box.height < least || box.width < least))
          .map(([e, box]) => `${e.outerHTML.slice(0, 80)} ${Math.round(box.width)}x${Math.round(box.height)}`)""",
        THUMB,
    )


def checked(someone: Person) -> None:
    page = someone.page
    assert accessible(page) == []
    assert not sideways(page), "scrolls sideways"
    assert small_targets(page) == []


def checked_in_every_look(someone: Person) -> None:
    """One page in small and large windows, light and dark."""
    page = someone.page
    for screen in SCREENS:
        size, scheme = screen.values
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        # Colours halfway between light and dark are nobody's.
        page.evaluate(
            "() => document.getAnimations().forEach((each) => each instanceof CSSTransition && each.finish())"
        )
        checked(someone)


@pytest.mark.parametrize(("screen", "scheme"), SCREENS)
def test_every_page_is_accessible(member, person, screen, scheme):
    look = {"viewport": screen, "color_scheme": scheme}
    visitor, host = person("Guest", **look), member("Hanna", "host", **look)
    for address in ("/", "/account/signup/", "/account/login/"):
        visitor.page.goto(address)
        checked(visitor)
    link = open_space(host, "Gardens on the roof, and who waters them in August")
    checked(host)
    visitor.page.goto("/")
    expect(visitor.page.locator(".space-card")).not_to_have_count(0)
    checked(visitor)
    visitor.page.goto(link)
    checked(visitor)
    visitor.page.locator("#listen").click()
    visitor.expect_sound()
    checked(visitor)


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


def press_until(page, selector: str) -> None:
    """Tab, as somebody without a mouse does."""
    for _ in range(60):
        if page.evaluate("(selector) => document.activeElement?.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with Tab")


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
