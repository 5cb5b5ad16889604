"""Sound goes on without a gap while one goes from page to page."""

from playwright.sync_api import expect

from tests.journeys.people import open_space, unmute
from tests.setup.installation import wait_for
from tests.support import sound

CONCEALED_AT_MOST = 0.02


def test_browsing_and_back_leave_the_sound_without_a_gap(member, person):
    host, guest = member("Hanna", "host"), person("Guest")
    title = f"Gardens of {host.handle}"
    link = open_space(host, title)
    unmute(host)
    guest.listen(link)
    page = guest.page
    wait_for(lambda: guest.reception()["packetsReceived"] > 50, 10)
    session = page.locator("#dock").get_attribute("data-session")
    before = guest.reception()
    page.evaluate("() => { window.probe.same = true; probe.recording = probe.heard(5); }")

    page.get_by_role("link", name="Openfloor").first.click()
    expect(page.get_by_role("heading", name="On air now")).to_be_visible()
    page.locator("#stage").wait_for(state="detached")
    page.locator(".space-card a", has_text=title).click()
    expect(page.locator("#stage")).to_contain_text("Hanna")
    page.locator("#space-header").get_by_role("link", name="Hanna").click()
    expect(page.get_by_role("heading", name="Hanna")).to_be_visible()
    page.go_back()
    expect(page.locator("#stage")).to_contain_text("Hanna")
    page.go_back()
    expect(page.get_by_role("heading", name="On air now")).to_be_visible()

    heard = sound.decoded(page.evaluate("async () => (await probe.recording).samples"))
    after = guest.reception()
    assert page.evaluate("() => window.probe.same"), "the page was reloaded"
    assert page.locator("#dock").get_attribute("data-session") == session, "a new connection was made"
    received, concealed = (after[key] - before[key] for key in ("totalSamplesReceived", "concealedSamples"))
    print(f"while browsing: concealed {concealed / received:.2%} of {received} samples")
    assert concealed / received <= CONCEALED_AT_MOST
    tenths = heard[: len(heard) // 4800 * 4800].reshape(-1, 4800)
    assert all(part.any() for part in tenths), "a tenth of a second was digital silence"

    # The dock still knows where one is, and its own news goes on elsewhere.
    host.page.get_by_role("button", name="Mute", exact=True).click()
    expect(host.page.locator("#dock-body")).to_have_attribute("data-seat", "muted")
    page.locator("#dock").get_by_role("link", name=title).click()
    expect(page.locator("#stage .tile", has_text="Hanna")).to_contain_text("muted")
