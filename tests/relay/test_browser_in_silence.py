"""A real Chromium takes the few packets of a silence for what they are, whatever their length."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, async_playwright

from rooms.demo.whip import SILENCE
from rooms.relay.opus import SAMPLE_RATE
from tests.journeys.people import CHROMIUM, FLAGS
from tests.support.ears import eventually, tone

# Longer than the page takes a stream without packets for alive.
SILENT_SECONDS = 4

OFFER = """async () => {
    window.pc = new RTCPeerConnection({ iceServers: [] });
    pc.addTransceiver("audio", { direction: "recvonly" });
    pc.ontrack = ({ track }) => {
        window.sound = new Audio();
        sound.srcObject = new MediaStream([track]);
        sound.play();
    };
    await pc.setLocalDescription();
    return pc.localDescription.sdp;
}"""
ANSWER = "(sdp) => pc.setRemoteDescription({ type: 'answer', sdp })"
RECEPTION = "async () => [...(await pc.getStats()).values()].find(({ type }) => type === 'inbound-rtp')"


class Voice:
    """A tone that can be switched off."""

    on = True

    def packets(self) -> Iterator[bytes]:
        for packet in tone(440):
            yield packet if self.on else SILENCE


async def until_louder(page: Page) -> None:
    """Waits until sound comes out."""
    await page.evaluate(f"""async () => {{
        const energy = async () => (await ({RECEPTION})())?.totalAudioEnergy ?? 0;
        const before = await energy();
        while ((await energy()) < before + 0.01) await new Promise(requestAnimationFrame);
    }}""")


@pytest.mark.long
@pytest.mark.skipif(not CHROMIUM, reason="this machine has no Chromium")
@pytest.mark.parametrize(
    "stage", [{"audience_ptime": "20"}, {"audience_ptime": "60"}], indirect=True, ids=["20 ms", "60 ms"]
)
async def test_silence_is_neither_loss_nor_a_dead_stream(stage):
    stage.seat("ana")
    voice = Voice()
    await stage.speak("ana", voice.packets())
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, "--autoplay-policy=no-user-gesture-required"]
        )
        page = await browser.new_page()
        answer = await stage.offer("whep", "lou", await page.evaluate(OFFER))
        await page.evaluate(ANSWER, answer.sdp)
        await eventually(lambda: "lou" in stage.present)
        await until_louder(page)
        (audience,) = stage.room._fanout._audiences.values()
        voice.on = False
        await eventually(lambda: audience.silent > 5)
        before, clock = await page.evaluate(RECEPTION), stage.room._clock
        await eventually(lambda: stage.room._clock > clock + SILENT_SECONDS * SAMPLE_RATE)
        after = await page.evaluate(RECEPTION)
        grown = {name: after[name] - before[name] for name in after if isinstance(after[name], int | float)}
        # A fifth of the packets, and the encoder's own word every 400 ms; nothing made up that could be heard.
        usual = SILENT_SECONDS * 1000 / stage.room.downlinks["lou"].ptime
        assert usual / 6 <= grown["packetsReceived"] <= usual / 2
        heard = grown["concealedSamples"] - grown["silentConcealedSamples"]
        assert heard <= 0.02 * grown["totalSamplesReceived"]
        assert after["packetsLost"] == 0
        voice.on = True
        await until_louder(page)
        await browser.close()
