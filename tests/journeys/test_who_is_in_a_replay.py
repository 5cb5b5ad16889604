"""In the replay, and in what the host takes along, is exactly who agreed: told apart by the tones of microphones."""

import wave
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.journeys.people import (
    PASSWORD,
    Person,
    launch,
    open_space,
    send,
    sign_up_unseen,
    sit_down,
    take_seat,
    unmute,
)
from tests.setup.installation import wait_for
from tests.support import sound

pytestmark = pytest.mark.slow

TONES = {"Rolf": 1900, "Rena": 2700}
MIXED_WITHIN = 120
# As a browser lets sound through that is not speech.
PLAIN_MICROPHONE = """
const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = () => open({ audio: plain });
"""


@pytest.fixture(scope="module")
def toned(playwright: Playwright, tmp_path_factory) -> Iterator[dict[str, Browser]]:
    home = tmp_path_factory.mktemp("tones")
    running = {name: launch(playwright, hum(home / f"{name}.wav", tone)) for name, tone in TONES.items()}
    yield running
    for browser in running.values():
        browser.close()


def hum(path: Path, tone: float) -> Path:
    at = np.arange(10 * sound.RATE) / sound.RATE
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, sound.RATE, 0, "NONE", ""))
        file.writeframes((0.2 * 32767 * np.sin(2 * np.pi * tone * at)).astype(np.int16).tobytes())
    return path


@pytest.fixture
def hums(toned, site, installation) -> Iterator:
    """Makes somebody whose microphone hums."""
    made: list[Person] = []

    def make(name: str) -> Person:
        someone = sit_down(name, toned[name], site)
        someone.page.add_init_script(PLAIN_MICROPHONE)
        someone.handle = f"hum_{name.lower()}"
        sign_up_unseen(someone, installation)
        made.append(someone)
        return someone

    yield make
    for someone in made:
        assert someone.problems == []
        someone.context.close()


def stands_out(samples: np.ndarray, tone: float) -> float:
    """How far (dB) a tone of that frequency (Hz) rises above what lies around it."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    frequencies = np.fft.rfftfreq(len(samples), 1 / sound.RATE)
    distance = np.abs(frequencies - tone)
    around = np.median(spectrum[(distance > 20) & (distance < 150)])
    return float(20 * np.log10(spectrum[distance < 5].max() / max(around, 1e-9)))


def heard_in(samples: np.ndarray) -> set[str]:
    found = {name: stands_out(samples, tone) for name, tone in TONES.items()}
    print({name: f"{decibels:.0f} dB" for name, decibels in found.items()})
    return {name for name, decibels in found.items() if decibels > 30}


def decoded(content: bytes) -> np.ndarray:
    with av.open(BytesIO(content)) as container:
        return np.concatenate([sound.mono(frame) for frame in container.decode(audio=0)])


def replay(host: Person, link: str) -> np.ndarray:
    address = f"{link}replay/audio.m4a"
    wait_for(lambda: host.context.request.get(address, headers={"Range": "bytes=0-0"}).ok, MIXED_WITHIN)
    return decoded(host.context.request.get(address).body())


def session_of(host: Person, link: str) -> dict[str, np.ndarray]:
    """What the host takes along, by the name of the file: its sounds."""
    page = host.page
    page.goto(f"{link}data/")
    page.locator("#session-exports form button").click()
    if page.url.split("?")[0].endswith("/reauthenticate/"):
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Password").press("Enter")
        page.wait_for_url(f"{link}data/")
    page.get_by_role("button", name="Make a download link").first.click(timeout=1000 * MIXED_WITHIN)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download it").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        sounds = [name for name in archive.namelist() if name.endswith((".opus", ".m4a"))]
        return {name: decoded(archive.read(name)) for name in sounds}


def test_who_said_no_and_who_took_themselves_out_are_in_nothing(member, person, hums, voices):
    host, guest = member("Hanna", "host"), person("Guest")
    refuses, withdraws = hums("Rolf"), hums("Rena")
    link = open_space(host, "Who is recorded").split("?")[0]
    assert send(host, link, f"{link}recording/", {}, "PUT").ok
    guest.listen(link)
    for someone, answer in ((refuses, "#consent-no"), (withdraws, "#consent-yes")):
        someone.listen(link)
        take_seat(someone, host)
        someone.page.locator(answer).click()
        expect(someone.page.locator("#consent")).to_have_count(0)
    for someone in (host, refuses, withdraws):
        unmute(someone)
    # All three are heard by whoever is there.
    wait_for(lambda: heard_in(guest.hears(3)) == {"Rolf", "Rena"}, 30)
    guest.hears(8)
    assert send(host, link, link, {}, "DELETE").ok

    mixed = replay(host, link)
    assert heard_in(mixed) == {"Rena"}
    said = sound.read(voices["host"])
    taken = session_of(host, link)
    assert {name: heard_in(samples) for name, samples in taken.items() if "Rolf" in heard_in(samples)} == {}
    assert any(heard_in(samples) == {"Rena"} for samples in taken.values())

    # She takes herself out: what was mixed with her is unreadable at once, and what comes then is without her.
    assert send(withdraws, link, f"{link}consent/", {}, "DELETE").ok
    assert host.context.request.get(f"{link}replay/audio.m4a").status == 404
    mixed = replay(host, link)
    assert heard_in(mixed) == set()
    likeness = sound.likeness(mixed, said)
    print(f"what is left is like the host: {likeness:.2f}")
    assert likeness > 0.6
    assert all(heard_in(samples) == set() for samples in session_of(host, link).values())
