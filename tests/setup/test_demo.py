"""The demo talks: three voices over WHIP, heard by a stranger without an account, also after the relay was killed."""

import asyncio
import contextlib
import json
import os
import signal
import urllib.request
from collections.abc import AsyncIterator
from http.cookiejar import CookieJar

import numpy as np
import pytest

from rooms.demo.cast import VOICES
from rooms.demo.whip import Rejected, WhepClient
from tests.setup.installation import Installation, wait_for

WITHIN = 20
AUDIBLE = 0.02 * 32768


class Guest:
    """A stranger: a cookie jar, and a WHEP client with the token that the Space's page gives."""

    def __init__(self, url: str) -> None:
        self.url, self.jar = url, CookieJar()
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.token = ""

    def come_in(self) -> None:
        self._get("/spaces/demo/")
        self._post("/spaces/demo/attendance/")
        self.token = json.loads(self._post("/spaces/demo/token/"))["token"]

    def stage(self) -> list[dict]:
        return json.loads(self._get("/spaces/demo.json"))["stage"]

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[asyncio.Event]:
        """The event is set while somebody can be heard."""
        loud = asyncio.Event()
        client = WhepClient(
            f"{self.url}/spaces/demo/whep",
            self.token,
            on_frame=lambda frame: np.abs(frame.to_ndarray()).max() > AUDIBLE and loud.set(),
        )
        await client.connect()
        try:
            yield loud
        finally:
            await client.close()

    def _get(self, path: str) -> bytes:
        with self._browser.open(self.url + path, timeout=10) as response:
            return response.read()

    def _post(self, path: str) -> bytes:
        csrf = next(cookie.value for cookie in self.jar if cookie.name == "csrftoken")
        request = urllib.request.Request(self.url + path, b"", {"X-CSRFToken": csrf, "Origin": self.url}, method="POST")
        with self._browser.open(request, timeout=10) as response:
            return response.read()


@pytest.fixture
def demo(up) -> Installation:
    return up("--demo")


async def heard(guest: Guest) -> None:
    """Waits until a voice can be heard, trying again as pages do while there is no relay."""
    async with asyncio.timeout(WITHIN):
        while True:
            try:
                async with guest.listening() as loud:
                    await loud.wait()
                    return
            except Rejected as rejected:
                assert rejected.status == 503, rejected
                await asyncio.sleep(0.5)


async def test_a_guest_hears_the_demo_and_hears_it_again_after_the_relay_was_killed(demo):
    guest = Guest(await asyncio.to_thread(demo.until_ready))
    assert [(seat["handle"], seat["muted"]) for seat in guest.stage()] == [(voice, False) for voice in VOICES]
    await asyncio.to_thread(guest.come_in)
    await heard(guest)
    relay = next(pid for pid, command in demo.processes().items() if "runrelay" in command)
    os.kill(relay, signal.SIGKILL)
    await asyncio.to_thread(wait_for, lambda: "relay ended (SIGKILL)" in demo.output, WITHIN)
    await heard(guest)


@pytest.mark.slow
def test_the_demo_finds_its_stage_again_when_it_is_started_again(up):
    first = up("--demo")
    first.until_ready()
    first.process.send_signal(signal.SIGTERM)
    assert first.wait() == 0
    again = up("--demo")
    assert [seat["handle"] for seat in Guest(again.until_ready()).stage()] == list(VOICES)
