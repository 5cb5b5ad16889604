"""The instrument that bad networks are made with loses and delays what it says."""

import itertools
import socket
import time
from collections.abc import Iterator

import pytest

from tests.support.weather import PROXY, RELAY, Conditions, Losses, Weather

MANY = 50_000


def fates(seed: int, conditions: Conditions, count: int = MANY) -> list[bool]:
    """True for every datagram that is lost."""
    losses = Losses(seed)
    return [losses.take(conditions) for _ in range(count)]


@pytest.mark.parametrize("loss", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("burst", [0.0, 2.0, 5.0])
def test_so_many_are_lost_as_was_asked_for(loss, burst):
    assert sum(fates(1, Conditions(loss, burst))) / MANY == pytest.approx(loss, abs=0.01)


@pytest.mark.parametrize("burst", [2.0, 5.0])
def test_bursts_are_as_long_as_was_asked_for(burst):
    runs = [len(list(run)) for lost, run in itertools.groupby(fates(1, Conditions(0.1, burst))) if lost]
    assert sum(runs) / len(runs) == pytest.approx(burst, rel=0.1)


def test_the_same_seed_loses_the_same():
    weather = Conditions(0.1, 3.0)
    assert fates(1, weather, 500) == fates(1, weather, 500) != fates(2, weather, 500)


class Ends:
    """A client and a relay, with the weather between them."""

    def __init__(self, weather: Weather) -> None:
        self.weather = weather
        self.client, self.relay = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self.relay.bind((RELAY, weather.port))
        for end in (self.client, self.relay):
            end.settimeout(5)
        self.client.connect((PROXY, weather.port))

    def up(self) -> tuple[bytes, tuple]:
        """What the relay gets next, and from where."""
        return self.relay.recvfrom(100)


@pytest.fixture
def ends() -> Iterator[Ends]:
    with Weather() as weather:
        ends = Ends(weather)
        yield ends
        ends.client.close()
        ends.relay.close()


def test_datagrams_pass_both_ways(ends):
    ends.client.send(b"hello")
    datagram, seen = ends.up()
    ends.relay.sendto(b"answer", seen)
    assert (datagram, ends.client.recv(100)) == (b"hello", b"answer")
    assert (ends.weather.up.passed, ends.weather.down.passed) == (1, 1)


def test_a_cut_lets_nothing_through_until_it_is_over(ends):
    ends.weather.cut()
    ends.client.send(b"lost")
    while not ends.weather.up.lost:
        time.sleep(0.001)
    ends.weather.clear()
    ends.client.send(b"after")
    assert ends.up()[0] == b"after"


def test_a_burst_of_so_many_is_lost_and_no_more(ends):
    ends.weather.up.lose_next(3)
    for number in range(5):
        ends.client.send(bytes([number]))
    assert [ends.up()[0] for _ in range(2)] == [b"\x03", b"\x04"]


def test_datagrams_wait_and_overtake_each_other(ends):
    ends.weather.up.change(delay=0.05, jitter=0.04)
    began = time.monotonic()
    for number in range(50):
        ends.client.send(bytes([number]))
    arrived = [ends.up()[0][0] for _ in range(50)]
    assert time.monotonic() - began > 0.05, "with 50 of them some wait longer than the mean"
    assert sorted(arrived) == list(range(50)) and arrived != sorted(arrived)
