"""Chromium, a relay, and the weather between them."""

from collections.abc import Iterator

import pytest

from tests.journeys.bad_networks.house import House
from tests.journeys.people import Person, sit_down
from tests.setup.installation import Installation, installed
from tests.support.weather import PROXY, Weather


@pytest.fixture
def weather() -> Iterator[Weather]:
    with Weather() as weather:
        yield weather


@pytest.fixture
def house(weather) -> Iterator[House]:
    with House(weather.port) as house:
        yield house


@pytest.fixture
def window(house, browsers) -> Iterator[Person]:
    """A window whose microphone says what the journeys' host says."""
    someone = sit_down("Somebody", browsers["host"], house.site)
    someone.page.goto("/")
    yield someone
    someone.context.close()


@pytest.fixture(scope="package")
def uncertain() -> Iterator[Weather]:
    with Weather() as weather:
        yield weather


@pytest.fixture
def network(uncertain) -> Iterator[Weather]:
    """The network between everybody and the relay of a whole installation."""
    yield uncertain
    uncertain.clear()


@pytest.fixture(scope="package")
def installation(uncertain) -> Iterator[Installation]:
    with installed(RELAY_PORT=str(uncertain.port), RELAY_PUBLIC_ADDRESS=PROXY) as running:
        yield running


@pytest.fixture(scope="package")
def site(installation) -> str:
    return installation.until_ready()
