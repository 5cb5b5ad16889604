"""Real browsers against a real installation, spoken to over HTTP and websockets only.

Each voice has a Chromium of its own, because the file behind a fake microphone is set when a browser starts.
"""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.journeys.people import Mortal, Person, launch, sign_up_unseen, sit_down
from tests.setup.installation import Installation, installed
from tests.support import sound

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


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    with installed() as running:
        yield running


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
    open_now = {name: launch(playwright, path) for name, path in voices.items()}
    yield open_now
    for browser in open_now.values():
        browser.close()


@pytest.fixture
def person(browsers, site) -> Iterator[Callable[..., Person]]:
    """Makes people, and checks at the end that none of their windows saw an error or another host."""
    everybody: list[Person] = []

    def make(name: str, voice: str = "listener", **options) -> Person:
        someone = sit_down(name, browsers[voice], site, **options)
        everybody.append(someone)
        return someone

    yield make
    for someone in everybody:
        if not someone.page.is_closed():
            someone.problems += someone.page.evaluate("() => window.probe?.errors ?? []")
        someone.context.close()
    assert {someone.name: someone.problems for someone in everybody if someone.problems} == {}


@pytest.fixture
def mortal(playwright, voices, site) -> Iterator[Callable[[str], Mortal]]:
    """Makes people with a browser of their own, which can be killed."""
    made: list[Mortal] = []

    def make(name: str, voice: str = "host") -> Mortal:
        made.append(Mortal(name, playwright, voices[voice], site))
        return made[-1]

    yield make
    for each in made:
        each.kill()


@pytest.fixture
def member(person, installation) -> Callable[..., Person]:
    """A person who has signed up with the code from the mail, at a browser that shows nothing yet."""

    def make(name: str, voice: str = "listener", *, at: Mortal | None = None, **options) -> Person:
        someone = at.person if at else person(name, voice, **options)
        someone.handle = f"person{next(_numbers)}"
        sign_up_unseen(someone, installation)
        return someone

    return make
