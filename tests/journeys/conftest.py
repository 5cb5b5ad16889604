"""Real browsers against a real installation, spoken to over HTTP and websockets only.

Each person has a Chromium of their own, whose fake microphone speaks a file of their own.
"""

import itertools
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.setup.installation import Installation, wait_for
from tests.support import sound
from tests.support.mailbox import Mailbox

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    # Every window of a test is in use, whichever the headless browser believes to be in front.
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
]
RECORDER = (Path(__file__).parent / "recorder.js").read_text()
PASSWORD = "a long walk by the sea"
TEXTS = {
    "host": (
        "en-us+m3",
        "Good evening and welcome. Tonight we talk about small gardens on high roofs, and who waters them.",
    ),
    "listener": (
        "en-gb+f3",
        "Thank you for having me. My question is about tomatoes, bees and the wind between the houses.",
    ),
}
_numbers = itertools.count(1)

expect.set_options(timeout=15_000)


@dataclass
class Person:
    """One person at one window: `page` is what they look at."""

    name: str
    page: Page
    context: BrowserContext
    handle: str = ""
    problems: list[str] = field(default_factory=list)

    def hears(self, seconds: float) -> np.ndarray:
        return sound.decoded(self.page.evaluate("(seconds) => probe.heard(seconds)", seconds)["samples"])

    def reception(self) -> dict:
        return self.page.evaluate("() => probe.reception()")

    def listen(self, address: str) -> None:
        """Opens the link and presses the one big button."""
        self.page.goto(address)
        self.page.locator("#listen").click()
        self.expect_sound()

    def expect_sound(self) -> None:
        expect(self.page.locator("#dock")).to_have_attribute("data-sound", "playing")


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    # Short: a unix socket's path holds 107 bytes.
    var = Path(tempfile.mkdtemp(prefix="openfloor-"))
    running = Installation(var)
    yield running
    running.close()
    shutil.rmtree(var, ignore_errors=True)


@pytest.fixture(scope="session")
def site(installation) -> str:
    return installation.until_ready()


@pytest.fixture(scope="session")
def voices(tmp_path_factory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("voices")
    return {name: sound.speech(home / f"{name}.wav", text, voice) for name, (voice, text) in TEXTS.items()}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browsers(playwright, voices) -> Iterator[dict[str, Browser]]:
    """One Chromium per voice: the file behind the fake microphone is set at start."""
    open_now = {
        name: playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, f"--use-file-for-fake-audio-capture={path}"]
        )
        for name, path in voices.items()
    }
    yield open_now
    for browser in open_now.values():
        browser.close()


@pytest.fixture
def person(browsers, site) -> Iterator[Callable[..., Person]]:
    """Makes people, and checks at the end that none of their windows saw an error or another host."""
    everybody: list[Person] = []

    def make(name: str, voice: str = "listener", **options) -> Person:
        context = browsers[voice].new_context(base_url=site, **options)
        context.grant_permissions(["microphone", "clipboard-read", "clipboard-write"])
        context.add_init_script(RECORDER)
        someone = Person(name, context.new_page(), context)
        watch(someone, site)
        everybody.append(someone)
        return someone

    yield make
    for someone in everybody:
        if not someone.page.is_closed():
            someone.problems += someone.page.evaluate("() => window.probe?.errors ?? []")
        someone.context.close()
    assert {someone.name: someone.problems for someone in everybody if someone.problems} == {}


def watch(someone: Person, site: str) -> None:
    # A refusal is an answer, and the browser logs it as an error all the same.
    answers = re.compile(r"Failed to load resource: the server responded with a status of (4\d\d|503)")

    def said(message) -> None:
        if message.type == "error" and not answers.search(message.text):
            someone.problems.append(message.text)

    def asked(request) -> None:
        if not request.url.startswith((site, "data:", "blob:")):
            someone.problems.append(f"asked another host: {request.url}")

    someone.page.on("console", said)
    someone.page.on("pageerror", lambda error: someone.problems.append(str(error)))
    someone.page.on("request", asked)


@pytest.fixture
def member(person, installation) -> Callable[..., Person]:
    """A person who has signed up through the pages, with the code from the mail."""

    def make(name: str, voice: str = "listener", **options) -> Person:
        someone = person(name, voice, **options)
        someone.handle = f"person{next(_numbers)}"
        sign_up(someone, installation)
        return someone

    return make


def sign_up(someone: Person, installation: Installation) -> None:
    page = someone.page
    email = f"{someone.handle}@example.org"
    page.goto("/account/signup/")
    page.get_by_label("Handle").fill(someone.handle)
    page.get_by_label("Name", exact=True).fill(someone.name)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open the account").click()
    expect(page.get_by_label("Code")).to_be_visible()
    mailbox = Mailbox(installation.var / "mail")
    wait_for(lambda: mailbox.mails(to=email), 15)
    page.get_by_label("Code").fill(mailbox.code(to=email))
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=f"Your profile, {someone.name}")).to_be_visible()


def open_space(host: Person, title: str) -> str:
    """Two clicks from home; the address of the live Space."""
    host.page.goto("/")
    host.page.get_by_role("link", name="Start a Space").first.click()
    host.page.get_by_label("What is it about?").fill(title)
    host.page.get_by_label("Everyone").check()
    host.page.get_by_role("button", name="Go on air").click()
    expect(host.page.get_by_role("heading", name=title)).to_be_visible()
    host.expect_sound()
    return host.page.url


def unmute(someone: Person) -> None:
    someone.page.get_by_role("button", name="Un-mute").click()
    expect(someone.page.locator("#dock-body")).to_have_attribute("data-seat", "open")
    expect(someone.page.locator("#dock")).to_have_attribute("data-mic", "sending")
