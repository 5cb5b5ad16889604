"""A planned evening from the form to the last word: calendar, reminder, start, a stage of thirteen, and the end."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.people import Person, heard_within, mute, silent_within, unmute
from tests.setup.installation import Installation, installed, wait_for
from tests.support import sound
from tests.support.mailbox import Mailbox

SEATS = 13
TITLE = "Gardens on the roof"
# Enough to ask for a reminder in, also on a busy machine; the form knows minutes.
AHEAD = timedelta(seconds=30)
STARTED_MS = 150_000
SOON = 20
# A phone in a pocket costs a third of a window in use, and fifteen of them share this machine.
CALM = {"viewport": {"width": 360, "height": 740}, "reduced_motion": "reduce"}

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """One for this evening: so many people do not open accounts within a minute elsewhere."""
    with installed() as running:
        yield running


@pytest.fixture(scope="module")
def site(installation) -> str:
    return installation.until_ready()


def dock(someone: Person):
    return expect(someone.page.locator("#dock-body"))


def plan(host: Person) -> str:
    """For the next minute; the address of its page."""
    page = host.page
    page.goto("/")
    page.get_by_role("link", name="Start a Space").first.click()
    page.get_by_label("What is it about?").fill(TITLE)
    page.get_by_label("Later").check()
    page.get_by_text("More:").click()
    page.get_by_label("Everyone").check()
    # The browser of a test lives in this machine's time zone.
    at = datetime.now() + AHEAD + timedelta(minutes=1)
    page.get_by_label("When does it start?").fill(f"{at:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Put it in the calendar").click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    return page.url


def has_no_microphone(someone: Person) -> None:
    """One may sit on stage all the same."""
    someone.page.add_init_script("delete Navigator.prototype.mediaDevices")


def come_up(someone: Person, link: str) -> None:
    """As far as the button that takes the seat, if there is one."""
    someone.listen(link)
    someone.page.get_by_role("button", name="Raise hand").click()


def take_the_seat(someone: Person) -> None:
    someone.page.get_by_role("button", name="Take the seat").click()
    dock(someone).to_have_attribute("data-seat", "muted")


def test_from_the_calendar_to_a_full_stage_and_the_end(member, person, installation):
    host, reader, guest = member("Hanna", "host"), member("Leo", **CALM), person("Guest", **CALM)
    mailbox = Mailbox(installation.var / "mail")

    link = plan(host)
    reader.page.goto(link)
    reader.page.get_by_role("button", name=f"Remind me of {TITLE}").click()
    expect(host.page.get_by_text("1 person waits for it.")).to_be_visible()
    reader.page.goto("/")
    reader.page.evaluate("() => { window.probe.same = true; }")
    guest.page.goto(link)
    expect(guest.page.get_by_role("link", name="Sign in to be reminded")).to_be_visible()
    assert f"SUMMARY:{TITLE}" in guest.page.request.get(f"{link.rstrip('/')}.ics").text()
    guest.page.evaluate("() => { window.probe.same = true; }")

    # Meanwhile the others open their accounts.
    began = time.monotonic()
    speakers = [member(f"Speaker {n}", **CALM) for n in range(2, SEATS)]
    for someone in speakers[1:]:
        has_no_microphone(someone)
    late = member("Lena", **CALM)
    print(f"{SEATS - 1} accounts opened in {time.monotonic() - began:.0f} s")

    # The reminder comes to the home page by itself, and by mail to everybody once.
    expect(reader.page.locator("#for-you")).to_contain_text("Starts any moment", timeout=STARTED_MS)
    assert reader.page.evaluate("() => window.probe.same"), "the page was reloaded"
    expect(reader.page.locator("#bell")).to_contain_text("1 for you")
    expect(host.page.locator("#bell")).to_contain_text("1 for you")
    wait_for(lambda: all(reminders(mailbox, each) for each in (host, reader)), SOON)
    expect(guest.page.locator("#space-header")).to_contain_text("starting now")

    host.page.get_by_role("button", name="Test your microphone").click()
    expect(host.page.locator("#soundcheck-said")).to_have_text("We can hear you.")
    host.page.get_by_role("button", name="Start now").click()
    host.expect_sound()
    dock(host).to_have_attribute("data-seat", "muted")
    expect(guest.page.locator("#listen")).to_be_visible()
    assert guest.page.evaluate("() => window.probe.same"), "the page was reloaded"
    guest.page.locator("#listen").click()
    guest.expect_sound()
    reader.page.locator("#for-you").get_by_role("link", name=TITLE).click()
    reader.page.locator("#listen").click()
    reader.expect_sound()

    # Thirteen seats, the host's among them.
    began = time.monotonic()
    reader.page.get_by_role("button", name="Raise hand").click()
    take_the_seat(reader)
    for someone in speakers:
        come_up(someone, link)
        take_the_seat(someone)
    expect(guest.page.locator("#stage .tile")).to_have_count(SEATS)
    print(f"{SEATS - 1} people came in and took a seat in {time.monotonic() - began:.0f} s")
    come_up(late, link)
    expect(late.page.locator("#offer")).to_contain_text("The stage is full. You come first when a seat is free.")
    expect(late.page.locator("#take")).to_have_count(0)
    expect(host.page.locator("#manage")).to_contain_text("stage full, waiting")
    speakers[-1].page.get_by_role("button", name="Step down").click()
    take_the_seat(late)
    expect(guest.page.locator("#stage .tile")).to_have_count(SEATS)
    expect(guest.page.locator("#stage")).to_contain_text(late.name)

    # Several are heard, by somebody without an account.
    for someone in (host, speakers[0], late):
        assert silent_within(guest, SOON)
        unmute(someone)
        assert heard_within(guest, SOON) is not None
        expect(guest.page.locator("#stage .tile.speaking .tile-name")).to_have_text(someone.name)
        print(f"{someone.name} is heard at {sound.dbfs(guest.hears(2)):.0f} dBFS")
        mute(someone)
    assert [len(reminders(mailbox, each)) for each in (host, reader)] == [1, 1]

    host.page.get_by_role("button", name="Leave or end").click()
    host.page.get_by_role("button", name="End for everybody").click()
    for someone in (host, reader, guest, late, *speakers):
        expect(someone.page.locator("#space-news")).to_have_text("This Space has ended. Hanna closed it for everybody.")
        expect(someone.page.locator(".spoke-name")).to_have_count(SEATS + 1)
        expect(someone.page.locator(".spoke-name").first).to_have_text("Hanna")


def reminders(mailbox: Mailbox, someone: Person) -> list:
    return [mail for mail in mailbox.mails(to=someone.email) if TITLE in mail["Subject"]]
