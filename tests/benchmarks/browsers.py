"""`make bench-browsers`: how long news and voices take from one real browser to another on this machine.

Prints and writes as JSON under VAR_DIR/bench/: a hand until it shows in the host's window, a click on Listen until the
first sound, and mouth to ear with both browsers' own buffers. No number is asserted.
"""

import json
import os
import statistics
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.journeys.conftest import TEXTS
from tests.journeys.people import Person, launch, open_space, sign_up, sit_down, unmute
from tests.setup.installation import Installation, installed
from tests.support import sound

HANDS, JOINS, RECORDINGS = 30, 10, 5
SECONDS = 4
HAND_SHOWN = "#manage ol li"


def hands(host: Person, listener: Person) -> list[float]:
    """Milliseconds from a click in one window to the changed list in the other."""
    taken = []
    for number in range(HANDS):
        up = number % 2 == 0
        host.page.evaluate("([list, up]) => { probe.shown = probe.when(list, up); }", [HAND_SHOWN, up])
        clicked = listener.page.evaluate("() => probe.click('#hand')")
        taken.append(host.page.evaluate("() => probe.shown") - clicked)
        expect(listener.page.locator("#hand")).to_contain_text("Lower" if up else "Raise")
        # Changes are folded to two renders a second; nobody waves a hand faster than that.
        listener.page.wait_for_timeout(600)
    return taken


def joins(guest: Person, link: str) -> list[float]:
    """Milliseconds from the click on Listen to the first packet that the page plays."""
    taken = []
    for _ in range(JOINS):
        guest.page.goto(link)
        guest.page.evaluate("() => { probe.shown = probe.when('#dock[data-sound=playing]', true); }")
        clicked = guest.page.evaluate("() => probe.click('#listen')")
        taken.append(guest.page.evaluate("() => probe.shown") - clicked)
        guest.page.locator("#leave").click()
        expect(guest.page.locator("#listen")).to_be_visible()
    return taken


def mouth_to_ear(host: Person, guest: Person) -> list[float]:
    """Milliseconds between a microphone's track in one page and what another page plays."""
    taken = []
    for _ in range(RECORDINGS):
        host.page.evaluate("(s) => { probe.recording = probe.spoken(s); }", SECONDS)
        guest.page.evaluate("(s) => { probe.recording = probe.heard(s); }", SECONDS)
        spoken, heard = (someone.page.evaluate("() => probe.recording") for someone in (host, guest))
        said, listened = (sound.speech_band(sound.decoded(r["samples"])) for r in (spoken, heard))
        # One second out of what was heard, found again in what was said.
        at = 2 * sound.RATE
        likeness, lag = sound.correlation(listened[at : at + sound.RATE], said)
        if likeness >= 0.6:
            taken.append(heard["began"] - spoken["began"] + (at - lag) / sound.RATE * 1000)
    return taken


def row(name: str, milliseconds: list[float]) -> dict:
    ordered = sorted(milliseconds)
    figures = {
        "median": round(statistics.median(ordered)),
        "p95": round(ordered[int(len(ordered) * 0.95)]),
        "worst": round(ordered[-1]),
        "runs": len(ordered),
    }
    print(f"{name:<32} median {figures['median']:>5} ms   p95 {figures['p95']:>5} ms   worst {figures['worst']:>5} ms")
    return figures


def main() -> None:
    with installed() as installation, sync_playwright() as playwright:
        report = measure(playwright, installation, installation.until_ready(), installation.var)
    kept = Path(os.environ.get("VAR_DIR", "var")) / "bench"
    kept.mkdir(parents=True, exist_ok=True)
    path = kept / f"browsers-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(report, indent=2))
    print(f"written to {path}")


def measure(playwright, installation: Installation, site: str, home: Path) -> dict:
    voice, text = TEXTS["host"]
    browser = launch(playwright, sound.speech(home / "host.wav", text, voice))
    host, listener, guest = (sit_down(name, browser, site) for name in ("Hanna", "Leo", "Guest"))
    for someone in (host, listener):
        someone.handle = someone.name.lower()
        sign_up(someone, installation)
    link = open_space(host, "Gardens on the roof")
    unmute(host)
    listener.listen(link)
    report = {
        "hand_to_other_window_ms": row("a hand shows in another window", hands(host, listener)),
        "listen_to_sound_ms": row("Listen until sound plays", joins(guest, link)),
        "mouth_to_ear_ms": row("mouth to ear, browser to browser", mouth_to_ear(host, listener)),
    }
    browser.close()
    return report


if __name__ == "__main__":
    main()
