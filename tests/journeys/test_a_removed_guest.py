"""Somebody who was removed tries every door: refused each time in words, without a sound, until a host relents."""

import json
import time

import pytest
from playwright.sync_api import Page, expect

from rooms.demo.whip import Rejected, WhepClient, WhipClient
from rooms.refusals import REFUSALS
from tests.journeys.people import Person, heard_within, make_link, open_space, sign_up, unmute
from tests.journeys.test_other_programs import outside_the_browser, token_from_the_page
from tests.support import sound

pytestmark = pytest.mark.slow

STOPS_WITHIN = 1.0
SOON = 20
REMOVED, NOT_INSIDE = REFUSALS["removed"][1], REFUSALS["not_inside"][1]
# What a page's own scripts could ask for: (status, body).
KNOCK = """async ([method, path, direction]) => {
  const [, cookie] = document.cookie.match(/csrftoken=([^;]+)/) ?? [];
  const headers = { "X-CSRFToken": cookie ?? document.querySelector("meta[name=csrf-token]").content };
  let body;
  if (direction) {
    const pc = new RTCPeerConnection();
    pc.addTransceiver("audio", { direction });
    await pc.setLocalDescription();
    body = pc.localDescription.sdp;
    headers["Content-Type"] = "application/sdp";
    pc.close();
  }
  const response = await fetch(path, { method, headers, body });
  return [response.status, await response.text()];
}"""
# The live socket, opened by hand: (close code, everything it told); 0 if it is not closed.
SOCKET = """(path) => new Promise((resolve) => {
  const [socket, told] = [new WebSocket(`ws://${location.host}${path}`), []];
  socket.onmessage = ({ data }) => told.push(data);
  const over = (code) => resolve([code, told.join("")]);
  socket.onclose = ({ code }) => over(code);
  setTimeout(over, 20_000, 0);
})"""


@pytest.fixture
def forum(member, person):
    """A private Space: its host talks, somebody listens, and so does a guest who came by the link."""
    host, witness, guest = member("Hanna", "host"), member("Noor"), person("Guest")
    link = open_space(host, f"Forum of {host.handle}", private=True)
    door = make_link(host)
    host.page.locator("#dock-title").click()
    unmute(host)
    witness.listen(door)
    guest.listen(door)
    return host, witness, guest, link, door


def test_no_door_lets_them_in_until_a_host_does(forum, installation):
    host, witness, guest, link, door = forum
    page, second = guest.page, guest.context.new_page()
    second.goto(link)
    expect(second.locator("#dock")).to_have_attribute("data-sound", "elsewhere")
    token, whep, whip = token_from_the_page(guest)
    session = page.locator("#dock").get_attribute("data-session")
    kept = witness.page.locator("#dock").get_attribute("data-session")
    assert heard_within(guest, SOON) is not None

    stops = remove(host, guest)
    print(f"last heard {1000 * stops:.0f} ms after the removal was confirmed, network and jitter buffers included")
    assert stops <= STOPS_WITHIN
    for each in (page, second):
        is_told(each)

    # As the guest they were.
    tries(guest, link, session, REMOVED)
    is_refused(guest, "GET", f"{link_path(link).rstrip('/')}.json", REMOVED)
    code, told = page.evaluate(SOCKET, link_path(link, ws=True))
    assert code == 4403 and host.name not in told, told
    for client in (WhepClient(whep, token), WhipClient(whip, token, [])):
        assert rejected(client) == (403, "removed")
    page.reload()
    is_told(page)
    third = guest.context.new_page()
    for address in (link, door):
        third.goto(address)
        is_told(third)
    third.get_by_role("link", name="See what is on air").click()
    expect(third.locator("#main")).not_to_contain_text(host.handle)
    third.go_back()
    is_told(third)

    # With an account of their own, in the same browser.
    guest.handle = f"{host.handle}_again"
    sign_up(guest, installation)
    for address in (link, door):
        page.goto(address)
        is_told(page)
    tries(guest, link, session, NOT_INSIDE)
    assert rejected(WhepClient(whep, token)) == (403, "removed")

    assert heard_within(witness, SOON) is not None
    expect(witness.page.locator("#dock")).to_have_attribute("data-session", kept)

    # Until the host lets them in again.
    host.page.locator("#manage-gone > summary").click()
    host.page.get_by_role("button", name="Let Guest back in").click()
    expect(host.page.get_by_role("button", name="Let Guest back in")).to_have_count(0)
    guest.listen(link)
    assert heard_within(guest, SOON) is not None
    expect(host.page.locator("#roster")).to_contain_text(guest.name)


def remove(host: Person, guest: Person) -> float:
    """By the hosts' panel; seconds from its confirmation to the last sound in the guest's window."""
    host.page.locator("#manage-listeners > summary").click()
    host.page.get_by_label("More about Guest").click()
    host.page.get_by_role("button", name="Remove from the Space").click()
    confirm = host.page.locator("#confirm").get_by_role("button", name="Remove", exact=True)
    expect(confirm).to_be_visible()
    guest.page.evaluate("() => { probe.recording = probe.heard(8); }")
    guest.page.wait_for_function("() => probe.audible")
    with host.page.expect_response(lambda response: response.request.method == "DELETE"):
        confirm.click()
    at = time.time()
    recording = guest.page.evaluate("() => probe.recording")
    heard = sound.decoded(recording["samples"])
    assert sound.last_heard(heard) > 0
    return recording["began"] / 1000 + sound.last_heard(heard) - at


def is_told(page: Page) -> None:
    expect(page.get_by_role("heading", name="You were removed from this Space")).to_be_visible()
    expect(page.locator("#dock-body, #stage, #roster, #listen")).to_have_count(0)


def tries(someone: Person, link: str, session: str, sentence: str) -> None:
    """Whatever a page can send, sent by hand; `sentence` answers what is for people inside."""
    here = link_path(link)
    is_refused(someone, "POST", f"{here}attendance/", REMOVED)
    for path in ("hand/", "seat/", "token/"):
        is_refused(someone, "POST", here + path, sentence)
    is_refused(someone, "DELETE", f"{here}seat/mute/", sentence)
    is_refused(someone, "GET", f"{here}people/?q=a", sentence)
    is_refused(someone, "POST", f"{here}whep", sentence, "recvonly")
    is_refused(someone, "POST", f"{here}whep?replaces={session}", sentence, "recvonly")
    is_refused(someone, "POST", f"{here}whip", sentence, "sendonly")
    assert someone.page.evaluate(KNOCK, ["DELETE", f"{here}whep/{session}"])[0] in (403, 404)
    for page in someone.context.pages:
        assert page.evaluate("() => !document.getElementById('sound').srcObject"), "there is a stream"


def is_refused(someone: Person, method: str, path: str, sentence: str, direction: str = "") -> None:
    status, body = someone.page.evaluate(KNOCK, [method, path, direction])
    said = json.loads(body)["title"] if direction else body
    assert status == 403 and sentence in said, (method, path, status, body)


def rejected(client: WhepClient | WhipClient) -> tuple[int, str]:
    """The answer to a program that comes with a token: status, code."""
    with pytest.raises(Rejected) as refusal:
        outside_the_browser(client.connect())
    return refusal.value.status, json.loads(refusal.value.body)["code"]


def link_path(link: str, *, ws: bool = False) -> str:
    path = "/" + link.split("/", 3)[3]
    return f"/ws{path}" if ws else path
