"""Whoever drops out without a word comes back as what they were: role, seat and microphone."""

import pytest
from playwright.sync_api import Error, expect

from tests.journeys.people import PASSWORD, RECORDER, open_space, take_seat, unmute

pytestmark = pytest.mark.slow


@pytest.fixture
def on_stage(member):
    """A host and a speaker with an open microphone; the Space's address."""
    host, leo = member("Hanna", "host"), member("Leo")
    link = open_space(host, "Gardens on the roof")
    leo.listen(link)
    take_seat(leo, host)
    unmute(leo)
    return host, leo, link


def crash(page) -> None:
    try:
        page.goto("chrome://crash")
    except Error:
        pass


def as_before(page, *, role: str, seat: str) -> None:
    expect(page.locator("#dock-body")).to_have_attribute("data-role", role)
    expect(page.locator("#dock-body")).to_have_attribute("data-seat", seat)
    expect(page.locator("#dock")).to_have_attribute("data-sound", "playing")
    expect(page.locator("#dock")).to_have_attribute("data-mic", "sending")


def test_a_speaker_whose_window_crashes(on_stage):
    host, leo, link = on_stage
    crash(leo.page)
    expect(host.page.locator("#stage .tile", has_text="Leo")).to_contain_text("Reconnecting")
    leo.page = leo.context.new_page()
    leo.page.goto(link)
    as_before(leo.page, role="speaker", seat="open")
    expect(host.page.locator("#stage .tile.speaking", has_text="Leo")).to_be_visible()


def test_a_speaker_whose_computer_goes_off_comes_back_muted_as_they_were_in_the_meantime(on_stage, browsers, site):
    """Signed in anew, in another browser; the server's word on the microphone counts."""
    host, leo, link = on_stage
    leo.context.close()
    host.page.get_by_role("button", name="Mute Leo").click()
    leo.context = browsers["listener"].new_context(base_url=site)
    leo.context.grant_permissions(["microphone"])
    leo.context.add_init_script(RECORDER)
    leo.page = leo.context.new_page()
    leo.page.goto(f"/account/login/?next={link.removeprefix(site)}")
    leo.page.get_by_label("Handle").fill(leo.handle)
    leo.page.get_by_label("Password").fill(PASSWORD)
    leo.page.get_by_role("button", name="Sign in").click()
    as_before(leo.page, role="speaker", seat="muted")


def test_a_host_whose_window_crashes(on_stage):
    host, leo, link = on_stage
    unmute(host)
    crash(host.page)
    expect(leo.page.locator("#stage .tile", has_text="Hanna")).to_contain_text("Reconnecting")
    expect(leo.page.locator("#space-news")).to_contain_text("The host is reconnecting.")
    host.page = host.context.new_page()
    host.page.goto(link)
    as_before(host.page, role="host", seat="open")
    expect(host.page.locator("#manage-title")).to_be_visible()
    expect(leo.page.locator("#space-news")).to_be_empty()


def test_a_hand_that_went_up_before_a_crash_keeps_its_place(member):
    host, leo, mia = member("Hanna", "host"), member("Leo"), member("Mia")
    link = open_space(host, "Gardens on the roof")
    for someone in (leo, mia):
        someone.listen(link)
        someone.page.get_by_role("button", name="Raise hand").click()
        expect(someone.page.get_by_role("button", name="Lower hand")).to_be_visible()
    crash(leo.page)
    hands = host.page.locator("#manage ol > .manage-person")
    expect(hands.first).to_contain_text("reconnecting")
    leo.page = leo.context.new_page()
    leo.page.goto(link)
    expect(leo.page.get_by_role("button", name="Lower hand")).to_be_visible()
    expect(hands.first).not_to_contain_text("reconnecting")
    expect(hands.first).to_contain_text("Leo")
