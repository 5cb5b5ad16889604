"""Programs that are not browsers speak and listen over the same endpoints, with the token from the Space's page."""

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from rooms.demo.whip import WhepClient, WhipClient, opus_packets
from tests.journeys.people import Person, open_space, unmute
from tests.support import sound

pytestmark = pytest.mark.slow

ALIKE = 0.7
SPEECH = sorted(Path(__file__).parents[2].glob("rooms/demo/speech/*.opus"))


def token_from_the_page(someone: Person) -> tuple[str, str, str]:
    """(token, WHEP address, WHIP address)"""
    page = someone.page
    page.get_by_text("Use another program").click()
    page.get_by_role("button", name="Get a token").click()
    return tuple(page.locator(f"[data-token-part={part}]:visible").inner_text() for part in ("token", "whep", "whip"))


def outside_the_browser(coroutine):
    """Playwright's own loop runs in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result(timeout=60)


def test_a_program_speaks_and_another_listens(member, person):
    host, guest = member("Hanna", "host"), person("Guest")
    # A browser without a microphone: this host speaks with another program only.
    host.page.add_init_script("delete Navigator.prototype.mediaDevices")
    link = open_space(host, "Gardens on the roof")
    host.page.get_by_role("button", name="Un-mute").click()
    expect(host.page.locator("#dock-body")).to_have_attribute("data-seat", "open")
    guest.listen(link)
    token, _, whip = token_from_the_page(host)
    guest_token, whep, _ = token_from_the_page(guest)
    packets = [packet for path in SPEECH for packet in opus_packets(path)]
    frames: list[np.ndarray] = []

    async def talk() -> None:
        async with contextlib.AsyncExitStack() as stack:
            speaker = WhipClient(whip, token, packets)
            listener = WhepClient(whep, guest_token, on_frame=lambda frame: frames.append(sound.mono(frame)))
            for client in (speaker, listener):
                await client.connect()
                stack.push_async_callback(client.close)
            async with asyncio.timeout(30):
                while sum(len(frame) for frame in frames) < 5 * sound.RATE:
                    await asyncio.sleep(0.05)

    spoken = np.concatenate([sound.read_opus(path) for path in SPEECH])
    outside_the_browser(talk())
    likeness = sound.likeness(np.concatenate(frames)[sound.RATE :], spoken)
    print(f"a program hears another program: likeness {likeness:.2f}")
    assert likeness >= ALIKE


def test_muted_in_the_relay_is_silence_though_the_browser_keeps_sending(member, person):
    host, rogue, guest = member("Hanna", "host"), member("Rolf"), person("Guest")
    # This page cannot switch its track off: whatever it is told, it keeps on sending.
    rogue.page.add_init_script(
        "Object.defineProperty(MediaStreamTrack.prototype, 'enabled', { get: () => true, set() {} })"
    )
    link = open_space(host, "Gardens on the roof")
    rogue.listen(link)
    guest.listen(link)
    rogue.page.get_by_role("button", name="Raise hand").click()
    host.page.get_by_role("button", name="Offer Rolf a seat").first.click()
    rogue.page.get_by_role("button", name="Take the seat").click()
    expect(rogue.page.locator("#dock")).to_have_attribute("data-mic", "sending")
    assert sound.dbfs(guest.hears(1)) < sound.SILENCE_DBFS, "heard before un-muting"
    unmute(rogue)
    expect(guest.page.locator("#stage .tile.speaking")).to_contain_text("Rolf")
    assert sound.dbfs(guest.hears(2)) > sound.SILENCE_DBFS
    guest.page.evaluate("() => { probe.recording = probe.heard(3); }")
    with host.page.expect_response(lambda response: response.url.endswith("/mute/")):
        host.page.get_by_role("button", name="Mute Rolf").click()
    muted_at = time.time()
    recording = guest.page.evaluate("() => probe.recording")
    expect(rogue.page.locator("#dock-body")).to_have_attribute("data-seat", "muted")
    heard = sound.decoded(recording["samples"])
    last = recording["began"] / 1000 + sound.last_heard(heard) - muted_at
    print(f"last heard {1000 * last:.0f} ms after the mute was confirmed, network and jitter buffers included")
    assert sound.dbfs(heard[-sound.RATE :]) < sound.SILENCE_DBFS, "heard after the host muted"
