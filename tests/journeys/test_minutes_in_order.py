"""In the replay of a Space everybody's voice lies where it was: through joins, mutes and a lost connection.

Three people speak with other programs, so that it is known to the millisecond when they did.
"""

import asyncio
import threading
import time
from concurrent.futures import Future
from io import BytesIO

import av
import numpy as np
import pytest
from playwright.sync_api import expect

from rooms.demo.whip import WhipClient
from tests.journeys.people import Person, open_space, send
from tests.journeys.test_other_programs import token_from_the_page
from tests.setup.installation import wait_for
from tests.support import bursts, sound
from tests.support.bursts import Burster

# From the voices' mouths to where they lie in the replay (seconds).
OFF_AT_MOST = 0.1
MIXED_WITHIN = 180


class Program:
    """Speaks over WHIP from a thread of its own, because Playwright's loop runs in the test's."""

    def __init__(self, loop: asyncio.AbstractEventLoop, whip: str, token: str, burster: Burster) -> None:
        self._loop, self._whip, self._token, self.burster = loop, whip, token, burster
        self._client: WhipClient | None = None

    def connect(self) -> None:
        self._client = WhipClient(self._whip, self._token, self.burster)
        self._run(self._client.connect()).result(timeout=30)

    def vanish(self) -> None:
        """Without a word to the server, as when a network goes."""
        self._client.location = None
        self._run(self._client.close()).result(timeout=30)

    def close(self) -> None:
        self._run(self._client.close()).result(timeout=30)

    def _run(self, coroutine) -> Future:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)


@pytest.fixture
def loop():
    running = asyncio.new_event_loop()
    thread = threading.Thread(target=running.run_forever)
    thread.start()
    yield running
    running.call_soon_threadsafe(running.stop)
    thread.join()
    running.close()


@pytest.fixture
def speaks(member, loop):
    """Makes somebody without a microphone in their browser, who speaks with a program."""

    def make(name: str, tone: float, every: float) -> tuple[Person, Burster]:
        someone = member(name)
        someone.page.add_init_script("delete Navigator.prototype.mediaDevices")
        return someone, Burster(tone, every=every)

    return make


def begin(someone: Person, burster: Burster, loop) -> Program:
    token, _, whip = token_from_the_page(someone)
    program = Program(loop, whip, token, burster)
    program.connect()
    return program


def come_up(someone: Person, host: Person, link: str) -> None:
    """Joins, takes a seat and agrees to be recorded; muted, as everybody arrives."""
    someone.listen(link)
    someone.page.get_by_role("button", name="Raise hand").click()
    host.page.get_by_role("button", name=f"Offer {someone.name} a seat").first.click()
    someone.page.get_by_role("button", name="Take the seat").click()
    someone.page.locator("#consent-yes").click()
    expect(someone.page.locator("#consent")).to_have_count(0)


def set_muted(someone: Person, burster: Burster, muted: bool) -> None:
    """What they send while it changes may be heard or not."""
    burster.audible = None
    path = someone.page.url.split("?")[0]
    answer = send(someone, path, f"{path}seat/mute/", {}, "PUT" if muted else "DELETE")
    assert answer.ok, answer.text()
    # Packets under way, and the relay's buffers.
    pass_time(someone, 0.5)
    burster.audible = not muted


def pass_time(someone: Person, seconds: float) -> None:
    someone.page.wait_for_timeout(1000 * max(seconds, 0))


def replay_of(host: Person, link: str) -> np.ndarray:
    """The sound of the replay, once it is mixed."""
    address = f"{link.split('?')[0]}replay/audio.m4a"
    wait_for(lambda: host.context.request.get(address, headers={"Range": "bytes=0-0"}).ok, MIXED_WITHIN)
    with av.open(BytesIO(host.context.request.get(address).body())) as container:
        return np.concatenate([sound.mono(frame) for frame in container.decode(audio=0)])


@pytest.mark.parametrize(
    "minutes",
    [
        pytest.param(1.5, marks=pytest.mark.slow),
        pytest.param(20, marks=pytest.mark.long),
    ],
)
def test_everybody_lies_where_they_were(speaks, loop, minutes):
    began, length = time.monotonic(), 60 * minutes

    def reach(share: float) -> None:
        pass_time(host, began + share * length - time.monotonic())

    host, hosts = speaks("Hanna", 440, 3.1)
    rolf, rolfs = speaks("Rolf", 880, 3.7)
    rena, renas = speaks("Rena", 1320, 4.3)
    link = open_space(host, "Minutes in order")
    assert send(host, link, f"{link}recording/", {}, "PUT").ok
    programs = [begin(host, hosts, loop)]
    set_muted(host, hosts, False)

    reach(0.1)
    come_up(rolf, host, link)
    programs.append(begin(rolf, rolfs, loop))
    set_muted(rolf, rolfs, False)
    reach(0.25)
    set_muted(rolf, rolfs, True)
    come_up(rena, host, link)
    programs.append(begin(rena, renas, loop))
    set_muted(rena, renas, False)
    reach(0.4)
    set_muted(rolf, rolfs, False)
    set_muted(host, hosts, True)
    reach(0.5)
    # Rena's network goes, and she comes back with a connection that knows nothing of the first.
    renas.audible = None
    programs[2].vanish()
    reach(0.6)
    programs[2].connect()
    pass_time(rena, 0.5)
    renas.audible = True
    reach(0.75)
    set_muted(host, hosts, False)
    for _ in range(3):
        set_muted(rolf, rolfs, True)
        pass_time(rolf, 1)
        set_muted(rolf, rolfs, False)
    reach(1)

    for burster in (hosts, rolfs, renas):
        burster.audible = None
    pass_time(host, 1)
    assert send(host, link, link, {}, "DELETE").ok
    for program in programs:
        program.close()
    expect(rolf.page.get_by_text("This Space has ended")).to_be_visible()
    heard = replay_of(host, link)
    offsets = []
    for tone, burster in ((440, hosts), (880, rolfs), (1320, renas)):
        offsets += matched(bursts.onsets(heard, tone), burster, offsets)
    middle = float(np.median(offsets))
    off = np.abs(np.array(offsets) - middle)
    print(f"{len(offsets)} bursts in {minutes} min: {1000 * np.median(off):.0f} ms off, at most {1000 * off.max():.0f}")
    assert off.max() <= OFF_AT_MOST


def matched(found: list[float], burster: Burster, known: list[float]) -> list[float]:
    """For each burst that was surely heard, how much later it was (Unix time, s) than it lies in the replay: all of
    them are in it, and none that was surely muted."""
    offset = np.median(known) if known else aligned(found, burster)
    offsets = []
    for at, audible in burster.sent:
        near = [each for each in found if abs(each + offset - at) < 0.5]
        if audible:
            assert len(near) == 1, f"sent at {at - offset:.2f}, found at {near}"
            offsets.append(at - near[0])
        elif audible is False:
            assert not near, f"muted at {at - offset:.2f}, and there at {near}"
    return offsets


def aligned(found: list[float], burster: Burster) -> float:
    """Where the replay begins (Unix time, s): where most of what was sent lies in it, and nothing that was muted, for
    one burst later all may lie on others. What is found first may be the rest of a burst in which somebody came off
    mute."""
    moments = np.array(found)
    sure, muted = (np.array([at for at, was in burster.sent if was is said]) for said in (True, False))

    def in_place(sent: np.ndarray, offset: float) -> int:
        return int((np.abs(moments[None] + offset - sent[:, None]).min(axis=1) < OFF_AT_MOST).sum())

    candidates = (at - first for at, _ in burster.sent[:20] for first in found[:3])
    return max(candidates, key=lambda offset: in_place(sure, offset) - in_place(muted, offset))
