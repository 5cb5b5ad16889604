"""Being recorded: everybody sees and hears it, whoever is on stage is asked and can say no, and silence is a no."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import expect

from rooms.demo.make_announcements import HIGH, LOW
from tests.journeys.for_all import SCREENS, accessible, checked_in_every_look, press_until, sideways, small_targets
from tests.journeys.people import Person, open_space, take_seat, unmute
from tests.setup.installation import Installation, installed
from tests.support import sound
from tests.support.ears import level

pytestmark = pytest.mark.slow

# Enough to look at everything, on a busy machine as well; and little enough to wait for.
LONG, SHORT = "150", "8"
# Seconds: the notes, the words, and a host who has to find the button.
LISTENED = 12
NOTE = int(0.16 * sound.RATE)
# `news` is there once htmx has done all it does with what has come for the dock.
NEWS_OF_DOCK = """() => {
  const isMuted = ({ target }) => target.id === "dock-body" && target.dataset.seat === "muted";
  window.news = new Promise((done) => {
    document.addEventListener("htmx:load", (event) => isMuted(event) && done());
  });
}"""


@pytest.fixture
def installation(request) -> Iterator[Installation]:
    """One in which people have so many seconds to answer."""
    with installed(CONSENT_SECONDS=request.param) as running:
        yield running


@pytest.fixture
def site(installation) -> str:
    return installation.until_ready()


def record(host: Person) -> None:
    host.page.get_by_role("button", name="Record a replay").click()
    expect(host.page.locator("#stop-recording")).to_be_visible()


def is_asked(someone: Person) -> None:
    dialog = someone.page.get_by_role("dialog", name="May your voice be recorded?")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("timer")).to_have_text(re.compile(r"\d:\d\d"))
    assert someone.page.locator("#consent").evaluate("(dialog) => dialog.matches(':modal')")


def is_not_asked(someone: Person) -> None:
    expect(someone.page.locator("#consent")).to_have_count(0)


def stands(someone: Person, words: str) -> None:
    expect(someone.page.locator("#recorded")).to_contain_text(words)


def announced(someone: Person) -> np.ndarray:
    """What they heard since `probe.recording` began."""
    return sound.decoded(someone.page.evaluate("async () => (await probe.recording).samples"))


def loudest(heard: np.ndarray, frequency: float) -> float:
    """dBFS of a tone where it is loudest."""
    return max(level(heard[at : at + NOTE], frequency) for at in range(0, len(heard) - NOTE, NOTE // 2))


@pytest.mark.parametrize("installation", [LONG], indirect=True)
def test_everybody_on_stage_is_asked_and_the_room_knows_what_they_said(member, person):
    host, leo, mia = member("Hanna", "host"), member("Leo"), member("Mia")
    lou, passer_by = person("Lou"), person("Passer-by")
    link = open_space(host, "Gardens on the roof")
    for someone in (leo, mia, lou):
        someone.page.goto(link)
        expect(someone.page.locator("#what-is-kept")).to_contain_text("No replay is being recorded.")
        expect(someone.page.locator("#what-is-kept")).to_contain_text("A copy in case somebody reports abuse.")
        someone.listen(link)
    passer_by.page.goto(link)
    for someone in (leo, mia):
        take_seat(someone, host)

    lou.page.evaluate("(seconds) => { probe.recording = probe.heard(seconds); }", LISTENED)
    record(host)
    stands(host, "You are in the recording.")
    is_asked(leo)
    is_asked(mia)

    # Everybody sees and hears it, inside and outside, and nobody is asked who does not speak.
    for someone in (host, leo, mia, lou, passer_by):
        expect(someone.page.locator("#space-header .recording-mark")).to_have_text("Recording")
    for someone in (lou, passer_by):
        expect(someone.page.get_by_role("status").filter(has_text="This Space is being recorded now.")).to_be_visible()
        is_not_asked(someone)
    expect(passer_by.page.locator("#what-is-kept")).to_contain_text("This Space is being recorded.")
    heard = announced(lou)
    assert loudest(heard, LOW) > -35 and loudest(heard, HIGH) > -35

    # Nothing else can be pressed, Escape puts nothing away, and looking at another page neither.
    found = []
    for size, scheme in SCREENS:
        leo.page.set_viewport_size(size)
        leo.page.emulate_media(color_scheme=scheme)
        found += accessible(leo.page) + sideways(leo.page) + small_targets(leo.page)
    assert not found, "\n".join(found)
    assert leo.page.evaluate("() => document.activeElement.id") == "consent-title"
    for _ in range(3):
        leo.page.keyboard.press("Escape")
    is_asked(leo)
    leo.page.get_by_role("button", name="Yes, you may record me").click()
    is_not_asked(leo)
    stands(leo, "You are in the recording.")

    # Also after a reload and in a second window; without a mouse; answered in one window it is gone from both.
    mia.page.reload()
    is_asked(mia)
    second = Person("Mia", mia.context.new_page(), mia.context)
    second.page.goto("/")
    is_asked(second)
    press_until(second.page, "#consent-no")
    second.page.keyboard.press("Enter")
    for window in (second, mia):
        is_not_asked(window)
        stands(window, "You are not in the recording.")
    second.page.close()

    # Everybody sees who is not recorded.
    for someone in (host, lou, passer_by):
        expect(someone.page.locator("#stage .tile").filter(has_text="Mia")).to_contain_text("Not recorded")
        expect(someone.page.locator("#stage .tile").filter(has_text="Leo")).not_to_contain_text("Not recorded")
    expect(host.page.locator("#manage-stage li").filter(has_text="Leo")).to_contain_text("in the recording")
    expect(host.page.locator("#manage-stage li").filter(has_text="Mia")).to_contain_text("not recorded")
    for someone in (host, passer_by):
        checked_in_every_look(someone)

    # One changes one's mind, either way.
    mia.page.get_by_role("button", name="Let me in").click()
    stands(mia, "You are in the recording.")
    leo.page.get_by_role("button", name="Take me out").click()
    leo.page.locator("#confirm").get_by_role("button", name="Take me out").click()
    stands(leo, "You are not in the recording.")
    expect(lou.page.locator("#stage .tile").filter(has_text="Leo")).to_contain_text("Not recorded")

    host.page.get_by_role("button", name="Stop recording").click()
    for someone in (host, leo, mia, lou, passer_by):
        expect(someone.page.locator("#space-header .recording-mark")).to_have_count(0)
    for someone in (lou, passer_by):
        expect(someone.page.get_by_role("status").filter(has_text="Recording has stopped.")).to_be_visible()
    # Who is in it can still get out, also afterwards.
    stands(mia, "You are in the recording.")


@pytest.mark.parametrize("installation", [LONG], indirect=True)
def test_news_leaves_the_focus_on_the_answer(member):
    host, leo = member("Hanna", "host"), member("Leo")
    leo.listen(open_space(host, "Gardens on the roof"))
    take_seat(leo, host)
    unmute(leo)
    record(host)
    is_asked(leo)
    press_until(leo.page, "#consent-no")
    leo.page.evaluate(NEWS_OF_DOCK)
    host.page.get_by_role("button", name="Mute Leo").click()
    leo.page.evaluate("() => news")
    expect(leo.page.locator("#dock-body")).to_have_attribute("data-seat", "muted")
    leo.page.keyboard.press("Enter")
    is_not_asked(leo)
    stands(leo, "You are not in the recording.")


@pytest.mark.parametrize("installation", [SHORT], indirect=True)
def test_whoever_says_nothing_is_not_recorded_and_is_told_so(member):
    host, leo = member("Hanna", "host"), member("Leo")
    link = open_space(host, "Gardens on the roof")
    leo.listen(link)
    record(host)
    # Asked as soon as one comes on the stage.
    take_seat(leo, host)
    is_not_asked(leo)
    stands(leo, "You did not answer in time, so you are not in the recording.")
    leo.page.get_by_role("button", name="Let me in").click()
    stands(leo, "You are in the recording.")
