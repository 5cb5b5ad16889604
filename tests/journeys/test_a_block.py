"""Blocking in a live Space: the host's block ends the sound with words, a speaker's ends nothing, and one is warned."""

import time

import pytest
from playwright.sync_api import expect

from rooms.refusals import REFUSALS
from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import Person, heard_within, open_space, take_seat, unmute
from tests.journeys.test_a_removed_guest import KNOCK, SOCKET, link_path
from tests.support import sound

pytestmark = pytest.mark.slow

STOPS_WITHIN = 1.0
SOON = 20


def test_whom_the_host_blocks_is_out_and_stays_out_until_unblocked(member):
    host, rowdy, witness = member("Hanna", "host"), member("Bo"), member("Noor")
    link = open_space(host, f"Roofs of {host.handle}")
    unmute(host)
    for someone in (rowdy, witness):
        someone.listen(link)
    assert heard_within(rowdy, SOON) is not None
    kept = witness.page.locator("#dock").get_attribute("data-session")

    host.page.locator("#roster").get_by_role("link", name=rowdy.name).click()
    expect(host.page.get_by_role("heading", level=1, name=rowdy.name)).to_be_visible()
    checked_in_every_look(host)
    stops = block(host, rowdy)
    print(f"last heard {1000 * stops:.0f} ms after the block was confirmed, network and jitter buffers included")
    assert stops <= STOPS_WITHIN
    expect(host.page.get_by_text(f"You blocked {rowdy.name}.").first).to_be_visible()
    checked_in_every_look(host)

    is_told(rowdy)
    checked_in_every_look(rowdy)
    rowdy.page.reload()
    is_told(rowdy)
    status, body = rowdy.page.evaluate(KNOCK, ["POST", f"{link_path(link)}attendance/", ""])
    assert status == 403 and REFUSALS["blocked"][1] in body
    assert rowdy.page.evaluate(KNOCK, ["POST", f"{link_path(link)}whep", "recvonly"])[0] == 403
    code, told = rowdy.page.evaluate(SOCKET, link_path(link, ws=True))
    assert code == 4403 and host.name not in told, told
    rowdy.page.goto(f"/@{host.handle}/")
    expect(rowdy.page.get_by_text(f"{host.name} blocked you.")).to_be_visible()
    checked_in_every_look(rowdy)
    assert heard_within(witness, SOON) is not None
    expect(witness.page.locator("#dock")).to_have_attribute("data-session", kept)

    host.page.goto("/me/blocked/")
    checked_in_every_look(host)
    host.page.get_by_role("button", name=f"Unblock {rowdy.name}").click()
    expect(host.page.get_by_text("You blocked nobody.")).to_be_visible()
    rowdy.listen(link)
    assert heard_within(rowdy, SOON) is not None


def test_whom_a_speaker_blocks_goes_on_listening_and_whoever_blocked_a_speaker_is_warned(member):
    host, speaker, listener = member("Hanna"), member("Leo", "host"), member("Mia")
    link = open_space(host, f"Bees of {host.handle}")
    speaker.listen(link)
    take_seat(speaker, host)
    unmute(speaker)
    listener.listen(link)
    warning = listener.page.locator("#dock .blocked-on-stage")
    expect(warning).to_have_count(0)

    speaker.page.goto(f"/@{listener.handle}/")
    press_block(speaker)
    expect(speaker.page.get_by_text(f"You blocked {listener.name}.").first).to_be_visible()
    assert heard_within(listener, SOON) is not None
    expect(listener.page.locator("#dock")).to_have_attribute("data-sound", "playing")

    listener.page.locator("#stage").get_by_role("link", name=speaker.name).click()
    listener.page.get_by_role("button", name="Block them too").click()
    listener.page.locator("#confirm").get_by_role("button", name="Block").click()
    expect(warning).to_have_text(f"Somebody you blocked is on stage: {speaker.name}.")
    listener.page.goto(link)
    expect(warning).to_be_visible()
    checked_in_every_look(listener)
    speaker.page.get_by_role("button", name="Step down").click()
    expect(warning).to_have_count(0)
    take_seat(speaker, host)
    expect(warning).to_be_visible()

    listener.page.get_by_role("button", name="Leave").click()
    before = listener.page.locator(".join .blocked-on-stage")
    expect(before).to_have_text(f"Somebody you blocked is on stage: {speaker.name}.")
    checked_in_every_look(listener)


def press_block(someone: Person) -> None:
    someone.page.locator("#person-menu > summary").click()
    someone.page.locator("#block-person").click()
    someone.page.locator("#confirm").get_by_role("button", name="Block", exact=True).click()


def block(host: Person, rowdy: Person) -> float:
    """From the profile before them; seconds from the confirmation to the last sound in the other's window."""
    rowdy.page.evaluate("() => { probe.recording = probe.heard(8); }")
    rowdy.page.wait_for_function("() => probe.audible")
    at = time.time()
    with host.page.expect_response(lambda response: response.request.method == "PUT"):
        press_block(host)
    recording = rowdy.page.evaluate("() => probe.recording")
    heard = sound.decoded(recording["samples"])
    assert sound.last_heard(heard) > 0
    return recording["began"] / 1000 + sound.last_heard(heard) - at


def is_told(someone: Person) -> None:
    expect(someone.page.get_by_role("heading", name="You cannot come into this Space")).to_be_visible()
    expect(someone.page.locator("#dock-body, #stage, #roster, #listen")).to_have_count(0)
