"""A host whose browser dies and who is not back in time: a co-host takes over, or everybody sees the end coming."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import Person, heard_within, make_cohost, open_space, sign_in, take_seat, unmute
from tests.setup.installation import Installation, installed

SOON = 20
CLOSING_SECONDS = 40

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """One that is patient with a lost host for a few seconds only."""
    with installed(HOST_HOLD_SECONDS="12", CLOSING_SECONDS=str(CLOSING_SECONDS)) as running:
        yield running


@pytest.fixture(scope="module")
def site(installation) -> str:
    return installation.until_ready()


def dock(someone: Person):
    return expect(someone.page.locator("#dock-body"))


def news(someone: Person):
    return expect(someone.page.locator("#space-news"))


def tile(someone: Person, name: str):
    return expect(someone.page.locator("#stage .tile", has_text=name))


def test_a_cohost_is_host_in_every_window_and_the_former_host_comes_back_as_a_listener(member, person, mortal):
    laptop = mortal("Hanna")
    host, cohost, guest, visitor = member("Hanna", at=laptop), member("Leo"), person("Guest"), person("Visitor")
    link = open_space(host, "Gardens on the roof")
    cohost.listen(link)
    guest.listen(link)
    visitor.page.goto(link)
    make_cohost(cohost, host)
    laptop.kill()

    for someone in (cohost, guest, visitor):
        expect(someone.page.locator("#stage .tile-role")).to_have_text(["Host"])
        tile(someone, "Leo").to_contain_text("Host")
        expect(someone.page.locator("#space-header")).to_contain_text("Hosted by Leo")
        news(someone).to_be_empty()
    dock(cohost).to_have_attribute("data-role", "host")
    expect(cohost.page.locator("#end")).to_be_visible()
    unmute(cohost)
    assert heard_within(guest, SOON) is not None

    back = person("Hanna", "host")
    sign_in(back, host.handle)
    back.listen(link)
    dock(back).to_have_attribute("data-role", "listener")
    expect(back.page.locator("#manage")).to_be_hidden()
    dock(cohost).to_have_attribute("data-role", "host")


def test_without_a_cohost_everybody_sees_the_end_coming_and_only_the_host_stops_it(member, person, mortal):
    laptop, phone = mortal("Hanna"), mortal("Hanna")
    host, speaker, guest, visitor = member("Hanna", at=laptop), member("Leo"), person("Guest"), person("Visitor")
    back = phone.person
    sign_in(back, host.handle)
    back.page.goto("about:blank")
    link = open_space(host, "Gardens on the roof")
    speaker.listen(link)
    take_seat(speaker, host)
    guest.listen(link)
    visitor.page.goto(link)
    unmute(speaker)
    everybody = (speaker, guest, visitor)

    laptop.kill()
    for someone in everybody:
        news(someone).to_contain_text("The host is gone. This Space ends in 0:")
    # They are heard while they are waited for.
    assert heard_within(guest, SOON) is not None
    dock(speaker).to_have_attribute("data-role", "speaker")
    checked_in_every_look(guest)

    back.listen(link)
    dock(back).to_have_attribute("data-role", "host")
    for someone in everybody:
        news(someone).to_be_empty()
        tile(someone, "Hanna").to_contain_text("Host")

    phone.kill()
    for someone in everybody:
        news(someone).to_contain_text("The host is gone. This Space ends in 0:")
    sentence = "This Space has ended. Its host was gone for too long, and nobody was there to take over."
    for someone in everybody:
        news(someone).to_have_text(sentence, timeout=2000 * CLOSING_SECONDS)
        expect(someone.page.locator("#spoke-title")).to_be_visible()
        expect(someone.page.locator("#dock-body, #listen")).to_have_count(0)
