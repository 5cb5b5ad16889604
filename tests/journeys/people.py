"""People at their browsers: who they are, what they press, what they hear. Used by journeys and by benchmarks."""

import contextlib
import itertools
import os
import re
import shutil
import signal
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

import numpy as np
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, Playwright, expect

from tests.setup.installation import Installation, processes, wait_for
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
    # A page that a test has answered itself counts as one from outside, and may not open a socket to this machine.
    "--disable-features=LocalNetworkAccessChecks",
]
RECORDER = (Path(__file__).parent / "recorder.js").read_text()
PASSWORD = "a long walk by the sea"

expect.set_options(timeout=30_000)


@dataclass
class Person:
    """One person at one window: `page` is what they look at."""

    name: str
    page: Page
    context: BrowserContext
    handle: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def email(self) -> str:
        return f"{self.handle}@example.org"

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


def launch(playwright: Playwright, voice: Path, **env: str) -> Browser:
    """A Chromium whose fake microphone speaks that file, looped."""
    return playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=[*FLAGS, f"--use-file-for-fake-audio-capture={voice}"],
        env={**os.environ, **env},
    )


def sit_down(name: str, browser: Browser, site: str, **options) -> Person:
    """A new person at a new window of that browser, watched for errors."""
    context = browser.new_context(base_url=site, reduced_motion="reduce", **options)
    context.grant_permissions(["microphone", "clipboard-read", "clipboard-write"])
    context.add_init_script(RECORDER)
    someone = Person(name, context.new_page(), context)
    watch(someone, site)
    return someone


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


class Mortal:
    """A person at a browser of their own, which can be killed without a word: their laptop's power fails."""

    _marks = (f"mortal-{os.getpid()}-{number}" for number in itertools.count(1))

    def __init__(self, name: str, playwright: Playwright, voice: Path, site: str) -> None:
        self._mark = next(self._marks)
        self.person = sit_down(name, launch(playwright, voice, MORTAL=self._mark), site)

    def kill(self) -> None:
        """The browser's own process; those of its windows go with it."""
        for pid in processes(self._mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not processes(self._mark), 10)


def sign_up(someone: Person, installation: Installation) -> None:
    page = someone.page
    page.goto("/account/signup/")
    page.get_by_label("Handle").fill(someone.handle)
    page.get_by_label("Name", exact=True).fill(someone.name)
    page.get_by_label("E-mail").fill(someone.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open the account").click()
    expect(page.get_by_label("Code")).to_be_visible()
    page.get_by_label("Code").fill(mailed_code(someone, installation))
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=f"Your profile, {someone.name}")).to_be_visible()


def sign_up_unseen(someone: Person, installation: Installation) -> None:
    """The same forms with the same cookies, sent without showing the pages, which is twice as quick."""
    post(
        someone,
        "/account/signup/",
        display_name=someone.name,
        username=someone.handle,
        email=someone.email,
        password1=PASSWORD,
    )
    page = post(someone, "/account/confirm-email/", code=mailed_code(someone, installation))
    assert f"Your profile, {escape(someone.name)}" in page


def post(someone: Person, path: str, **fields: str) -> str:
    """Fills in the form of a page as a browser would; the page that follows."""
    return send(someone, path, path, fields).text()


def send(someone: Person, page: str, to: str, fields: dict[str, str], method: str = "POST") -> APIResponse:
    """What a form or a button of that page sends to another address; the answer, wherever it led."""
    http = someone.context.request
    token = re.search(r'name="csrf(?:middleware)?-?token" (?:value|content)="(\w+)"', http.get(page).text())[1]
    return http.fetch(to, method=method, form=fields, headers={"X-CSRFToken": token})


def mailed_code(someone: Person, installation: Installation) -> str:
    mailbox = Mailbox(installation.var / "mail")
    wait_for(lambda: mailbox.mails(to=someone.email), 15)
    return mailbox.code(to=someone.email)


def sign_in(someone: Person, handle: str) -> None:
    """At a browser that knows nothing of them; home comes next."""
    page = someone.page
    someone.handle = handle
    page.goto("/account/login/")
    page.get_by_label("Handle or e-mail").fill(handle)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("link", name=f"Your profile, {someone.name}")).to_be_visible()


def hold_authenticator(someone: Person) -> None:
    """A device that keeps passkeys and knows its person at once, for whichever page is open in that window."""
    device = someone.context.new_cdp_session(someone.page)
    device.send("WebAuthn.enable")
    facts = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
    facts |= {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": facts})


def open_space(host: Person, title: str, *, private: bool = False) -> str:
    """Two clicks from home; the address of the live Space."""
    page = host.page
    page.goto("/")
    page.get_by_role("link", name="Start a Space").first.click()
    page.get_by_label("What is it about?").fill(title)
    if private:
        page.get_by_text("More:").click()
        page.get_by_label("Only people I let in").check()
    page.get_by_role("button", name="Go on air").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    host.expect_sound()
    return page.url


def plan(host: Person, title: str, *, at: datetime | None = None, days: int = 0) -> str:
    """Through the form, for that minute on the host's own clock or the suggested hour of a later day; the address of
    its page."""
    page = host.page
    page.goto("/spaces/new/")
    page.get_by_label("What is it about?").fill(title)
    page.get_by_label("Later").check()
    when = page.get_by_label("When does it start?")
    at = at or datetime.fromisoformat(when.input_value()) + timedelta(days=days)
    when.fill(f"{at:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Put it in the calendar").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    return page.url


def make_link(host: Person) -> str:
    """From the room of a private Space, by the page for it; the address that opens it."""
    page = host.page
    page.get_by_role("link", name="Invite people").click()
    page.get_by_role("button", name="Make a link").click()
    return page.get_by_label("The new link").input_value()


def invite(host: Person, someone: Person, what: str = "To speak") -> None:
    """By handle, from the room, by the page for it."""
    page = host.page
    page.get_by_role("link", name="Invite people").click()
    page.get_by_label("Who?").fill(f"@{someone.handle}")
    page.get_by_text(what).click()
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text(f"{someone.name} is invited.")).to_be_visible()


def take_seat(someone: Person, host: Person) -> None:
    """A hand goes up, a seat is offered and taken; one arrives muted."""
    someone.page.get_by_role("button", name="Raise hand").click()
    host.page.get_by_role("button", name=f"Offer {someone.name} a seat").first.click()
    someone.page.get_by_role("button", name="Take the seat").click()
    expect(someone.page.locator("#dock")).to_have_attribute("data-mic", "sending")


def more_about(host: Person, name: str) -> None:
    """Opens the menu of one listener in the hosts' panel."""
    if not host.page.locator("#manage-listeners").evaluate("(details) => details.open"):
        host.page.locator("#manage-listeners > summary").click()
    host.page.locator("#manage").get_by_label(f"More about {name}").click()


def make_cohost(someone: Person, host: Person) -> None:
    """A listener is asked, and willing; one arrives on stage, muted."""
    more_about(host, someone.name)
    host.page.get_by_role("button", name="Make co-host").click()
    someone.page.locator("#cohost-accept").click()
    expect(someone.page.locator("#dock-body")).to_have_attribute("data-role", "cohost")
    expect(someone.page.locator("#dock")).to_have_attribute("data-mic", "sending")


def unmute(someone: Person) -> None:
    someone.page.get_by_role("button", name="Un-mute").click()
    expect(someone.page.locator("#dock-body")).to_have_attribute("data-seat", "open")
    expect(someone.page.locator("#dock")).to_have_attribute("data-mic", "sending")


def mute(someone: Person) -> None:
    someone.page.get_by_role("button", name="Mute", exact=True).click()
    expect(someone.page.locator("#dock-body")).to_have_attribute("data-seat", "muted")


def heard_within(someone: Person, seconds: float) -> float | None:
    """Seconds until the first sound, or None."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if sound.dbfs(someone.hears(0.3)) > sound.SILENCE_DBFS:
            return time.monotonic() - began
    return None


def silent_within(someone: Person, seconds: float) -> bool:
    """Whether there comes a whole second of silence."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if sound.dbfs(someone.hears(1)) < sound.SILENCE_DBFS:
            return True
    return False
