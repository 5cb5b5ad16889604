"""A host whose browser dies in the middle of a sentence: the Space goes on, and what was theirs waits for them."""

import pytest
from playwright.sync_api import expect

from tests.journeys.people import Person, heard_within, make_cohost, mute, open_space, sign_in, silent_within, unmute

pytestmark = pytest.mark.slow

SOON = 20


def dock(someone: Person):
    return expect(someone.page.locator("#dock-body"))


def tile(someone: Person, name: str):
    return expect(someone.page.locator("#stage .tile", has_text=name))


def speaking(someone: Person):
    return expect(someone.page.locator("#stage .tile.speaking .tile-name"))


def test_whoever_comes_back_with_another_browser_finds_everything_as_the_server_kept_it(member, person, mortal):
    laptop = mortal("Hanna")
    host, cohost, guest = member("Hanna", at=laptop), member("Leo"), person("Guest")
    title = "Gardens on the roof"
    link = open_space(host, title)
    cohost.listen(link)
    guest.listen(link)
    make_cohost(cohost, host)
    unmute(host)
    speaking(guest).to_have_text("Hanna")
    sessions = {
        someone.name: someone.page.locator("#dock").get_attribute("data-session") for someone in (cohost, guest)
    }

    laptop.kill()
    for someone in (cohost, guest):
        tile(someone, "Hanna").to_contain_text("Reconnecting")
        expect(someone.page.locator("#space-news")).to_contain_text("The host is reconnecting.")
    # Nobody else is host, and what others say is heard.
    tile(guest, "Leo").to_contain_text("Co-host")
    dock(cohost).to_have_attribute("data-role", "cohost")
    unmute(cohost)
    assert heard_within(guest, SOON) is not None
    cohost.page.get_by_role("button", name="Mute Hanna").click()
    mute(cohost)

    back = person("Hanna", "host")
    sign_in(back, host.handle)
    # At home, without a press: role, seat, and the server's word about the microphone.
    expect(back.page.get_by_role("heading", name="On air now")).to_be_visible()
    dock(back).to_have_attribute("data-role", "host")
    dock(back).to_have_attribute("data-seat", "muted")
    back.expect_sound()
    expect(back.page.locator("#dock")).to_have_attribute("data-mic", "sending")
    for someone in (cohost, guest):
        tile(someone, "Hanna").to_contain_text("Host")
        tile(someone, "Hanna").to_contain_text("muted")
        expect(someone.page.locator("#space-news")).to_be_empty()
    assert silent_within(guest, SOON), "heard though the co-host had muted them"

    back.page.locator("#dock").get_by_role("link", name=title).click()
    expect(back.page.locator("#manage")).to_be_visible()
    dock(cohost).to_have_attribute("data-role", "cohost")
    unmute(back)
    assert heard_within(guest, SOON) is not None
    speaking(guest).to_have_text("Hanna")
    for someone in (cohost, guest):
        expect(someone.page.locator("#dock")).to_have_attribute("data-session", sessions[someone.name])
