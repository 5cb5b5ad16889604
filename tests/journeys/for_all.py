"""What every page must be for everybody: clean for axe, wide enough for a thumb, no wider than its window, and of use
without a mouse."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.people import Person

SCREENS = [
    ({"width": width, "height": height}, scheme)
    for width, height in ((360, 740), (1440, 900))
    for scheme in ("light", "dark")
]
THUMB = 44
# Tab stops at every part of a date, and a page that changes meanwhile may send one back to its beginning.
STOPS = 10

TABBING = (Path(__file__).parent / "tabbing.js").read_text()


def accessible(page: Page) -> list[str]:
    """What axe finds, one line each."""
    # Without preload: axe would fetch stylesheets into inline styles, which the policy refuses.
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [f"{v['id']}: {node['html'][:120]}" for v in found for node in v["nodes"]]


def sideways(page: Page) -> list[str]:
    wider = page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return ["the page scrolls sideways"] if wider else []


def small_targets(page: Page) -> list[str]:
    """Controls a thumb would miss: buttons under 44 px, apart from links within a sentence."""
    return page.evaluate(
        """(least) => [...document.querySelectorAll("button, summary, .button, input[type=range]")]
          .filter((e) => e.checkVisibility() && !e.disabled)
          .map((e) => [e, e.getBoundingClientRect()])
          .filter(([, box]) => box.width && (box.height < least || box.width < least))
          .map(([e, box]) => `${e.outerHTML.slice(0, 80)} ${Math.round(box.width)}x${Math.round(box.height)}`)""",
        THUMB,
    )


def out_of_reach(page: Page) -> list[str]:
    """Controls that Tab does not reach, and focus that is not seen (WCAG 2.1.1, 2.4.7, 2.4.11). The focus is then where
    it was, and what was open is open."""
    page.evaluate(TABBING)
    for _ in range(STOPS * len(page.evaluate("() => tabbing.left()")) + STOPS):
        if not (left := page.evaluate("() => tabbing.left()")):
            break
        page.keyboard.press("Tab")
    return left + page.evaluate("() => tabbing.end()")


def troubles(page: Page) -> list[str]:
    return accessible(page) + sideways(page) + small_targets(page) + out_of_reach(page)


def troubles_in_every_look(page: Page) -> list[str]:
    """In small and large windows, light and dark. A notice that lies over the page is put away first, as one would."""
    # What can be read may stand there before its stylesheets.
    page.wait_for_load_state()
    if (notice := page.locator("#notice p")).count():
        page.keyboard.press("Escape")
        expect(notice).to_have_count(0)
    found = []
    for size, scheme in SCREENS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        # Colours halfway between light and dark are nobody's.
        page.evaluate(
            "() => document.getAnimations().forEach((each) => each instanceof CSSTransition && each.finish())"
        )
        found += [f"{size['width']}px {scheme}: {each}" for each in troubles(page)]
    return found


def checked_in_every_look(someone: Person) -> None:
    found = troubles_in_every_look(someone.page)
    assert not found, "\n".join(found)


def press_until(page: Page, selector: str) -> None:
    """Tab, as somebody without a mouse does."""
    for _ in range(60):
        if page.evaluate("(selector) => document.activeElement?.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with Tab")
