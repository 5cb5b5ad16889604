"""A server that is full says so, lets nobody wait for nothing, and plays by itself once there is room."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import Person
from tests.setup.installation import Installation, installed

pytestmark = pytest.mark.slow

# As long as the relay asks people to wait, half as long again at most, and the time it takes to connect.
ROOM_SEEN_MS = 45_000


@pytest.fixture
def installation() -> Iterator[Installation]:
    """One that carries nobody."""
    with installed(RELAY_FULL_AT="0") as running:
        yield running


@pytest.fixture
def restarted() -> Iterator[list[Installation]]:
    running: list[Installation] = []
    yield running
    for each in running:
        each.close()


@pytest.fixture
def site(installation, restarted) -> str:
    """Closed after the people's windows, which would complain."""
    return installation.until_ready()


@pytest.fixture
def larger(installation, site, restarted) -> Callable[[], None]:
    """The same one at the same address, once started: its operator has given it room."""

    def restart() -> None:
        installation.stop()
        restarted.append(Installation(installation.var, "--port", str(urlsplit(site).port)))
        restarted[0].until_ready()

    return restart


def test_listeners_of_a_full_server_are_told_so_and_hear_the_space_as_soon_as_there_is_room(
    member, person, site, larger
):
    host, guest = member("Hanna", "host"), person("Guest")
    link = announce(host, "Gardens on the roof, and who waters them in August")
    guest.page.goto(link)
    guest.page.locator("#listen").click()
    for someone in (guest, host):
        expect(someone.page.locator("#dock")).to_have_attribute("data-sound", "full")
        expect(someone.page.locator("#sound-state")).to_contain_text("This server is full right now")
        expect(someone.page.locator("#sound-act")).to_be_hidden()
    assert readiness(site) == (503, False, True)
    checked_in_every_look(guest)

    guest.page.evaluate("() => { window.probe.same = true; }")
    assert [*guest.problems, *host.problems] == []
    larger()
    for someone in (guest, host):
        expect(someone.page.locator("#dock")).to_have_attribute("data-sound", "playing", timeout=ROOM_SEEN_MS)
        expect(someone.page.locator("#sound-state")).to_be_empty()
    assert guest.page.evaluate("() => window.probe.same"), "the page was reloaded"
    assert readiness(site) == (200, True, False)
    for someone in (guest, host):
        expect(someone.page.locator("#dock")).to_have_attribute("data-news", "on")
        # A browser calls it an error when no server answers its sockets for a moment.
        someone.problems.clear()


def announce(host: Person, title: str) -> str:
    """A Space whose host cannot hear it yet; its address."""
    host.page.goto("/spaces/new/")
    host.page.get_by_label("What is it about?").fill(title)
    host.page.get_by_role("button", name="Go on air").click()
    expect(host.page.get_by_role("heading", name=title)).to_be_visible()
    return host.page.url


def readiness(site: str) -> tuple[int, bool, bool]:
    """What /readyz says to monitors: its status, `ready` and `full`."""
    try:
        with urllib.request.urlopen(f"{site}/readyz") as answer:  # noqa: S310
            status, body = answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        status, body = refusal.code, json.load(refusal)
    return status, body["ready"], body["full"]
