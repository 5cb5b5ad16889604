"""Each attack twice: aiortc's own peer falls to it, which shows that the attack works, and the relay does not."""

import asyncio
import contextlib
import os
import random
import socket

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from rooms.relay.aiortc_insides import bind_client
from rooms.relay.opus import FRAME_SAMPLES
from rooms.relay.protocol import Offer, Refusal
from tests.relay.offers import audio_section, good_offer
from tests.relay.test_strangers import client_hello, stranger
from tests.relay.wire import steps
from tests.support.ears import eventually, tone

pytestmark = pytest.mark.usefixtures("spared")
# A well-framed Binding request whose PRIORITY has two bytes in place of four.
SHORT_PRIORITY = bytes.fromhex("000100082112a442") + b"t" * 12 + bytes.fromhex("0024000261620000")
# Well-formed and without credentials.
NAMELESS = bytes.fromhex("000100002112a442") + b"t" * 12
FLOOD = 1000


class Stock:
    """A client and the peer that aiortc answers it with, on loopback."""

    def __init__(self) -> None:
        self.client, self.peer = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
        self.client.addTransceiver("audio", direction="sendonly")

    async def __aenter__(self) -> "Stock":
        return self

    async def __aexit__(self, *_) -> None:
        await asyncio.gather(self.client.close(), self.peer.close())

    async def answer(self, change=lambda sdp: sdp) -> str:
        bind_client(self.client, "127.0.0.1")
        await self.client.setLocalDescription(await self.client.createOffer())
        await self.peer.setRemoteDescription(RTCSessionDescription(change(self.client.localDescription.sdp), "offer"))
        bind_client(self.peer, "127.0.0.1")
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        return self.peer.localDescription.sdp

    async def connect(self) -> None:
        await self.client.setRemoteDescription(RTCSessionDescription(await self.answer(), "answer"))
        await eventually(lambda: self.state == self.client.connectionState == "connected")

    @property
    def state(self) -> str:
        return self.peer.connectionState

    @property
    def address(self) -> tuple[str, int]:
        words = next(line for line in self.peer.localDescription.sdp.splitlines() if "candidate:" in line).split()
        return words[4], int(words[5])

    async def received(self) -> int:
        """Packets that were handed to DTLS or SRTP."""
        statistics = await self.peer.getTransceivers()[0].receiver.getStats()
        return next(each.packetsReceived for each in statistics.values() if each.type == "transport")


def address(stage) -> tuple[str, int]:
    return stage.worker.port.host, stage.worker.port.port


def heard(attacker: socket.socket) -> bytes:
    with contextlib.suppress(BlockingIOError):
        return attacker.recv(2048)
    return b""


async def unbroken(ear, since: int) -> None:
    """Every packet since then has come, more come, and no tick was left out (that takes no number, but time).

    Somebody must be heard all the while: in silence packets stand for several ticks.
    """
    await ear.frames(10)
    assert set(steps(ear.packets[since:])) == {(1, FRAME_SAMPLES)}


async def test_an_empty_datagram_closes_a_stock_peer():
    async with Stock() as stock:
        await stock.connect()
        with stranger() as attacker:
            attacker.sendto(b"", stock.address)
            await eventually(lambda: stock.state == "closed")


async def test_an_empty_datagram_closes_nobody(stage):
    lou = await stage.listen("lou")
    with stranger() as attacker:
        for _ in range(10):
            attacker.sendto(b"", address(stage))
        await eventually(lambda: stage.worker.port.counts["empty"] == 10)
    await lou.frames(10)
    assert not lou.is_over


async def test_a_truncated_request_is_a_traceback_in_stock():
    seen = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: seen.append(context))
    async with Stock() as stock:
        await stock.connect()
        with stranger() as attacker:
            attacker.sendto(SHORT_PRIORITY, stock.address)
            await eventually(lambda: bool(seen))


async def test_a_truncated_request_is_counted_and_no_more(stage):
    seen = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: seen.append(context))
    lou = await stage.listen("lou")
    wire = stage.sessions[lou.session].peer._wire
    with stranger() as attacker:
        attacker.sendto(SHORT_PRIORITY, address(stage))
        await eventually(lambda: stage.worker.port.counts["stun_refused"] == 1)
    # The same from somebody who has the credentials.
    wire.take_stun(SHORT_PRIORITY, wire.address)
    assert stage.worker.port.counts["stun_malformed"] == 1
    await lou.frames(10)
    assert not seen and not stage.worker.port.counts["failed"]


async def test_stock_answers_strangers():
    async with Stock() as stock:
        await stock.connect()
        with stranger() as attacker:
            attacker.sendto(NAMELESS, stock.address)
            await eventually(lambda: bool(heard(attacker)))


async def test_the_relay_does_not_answer_strangers(stage):
    lou = await stage.listen("lou")
    with stranger() as attacker:
        for _ in range(100):
            attacker.sendto(NAMELESS, address(stage))
        await eventually(lambda: stage.worker.port.counts["stun_refused"] == 100)
        await lou.frames(5)
        assert not heard(attacker)


@pytest.mark.parametrize("setup", ["actpass", "active"], ids=["as DTLS client", "as DTLS server"])
async def test_stock_loses_the_race_of_the_handshake(setup):
    hello = client_hello()
    async with Stock() as stock:
        answer = await stock.answer(lambda sdp: sdp.replace("a=setup:actpass", f"a=setup:{setup}"))
        with stranger() as attacker:

            async def spam() -> None:
                while True:
                    attacker.sendto(hello, stock.address)
                    await asyncio.sleep(0.001)

            spamming = asyncio.create_task(spam())
            await stock.client.setRemoteDescription(RTCSessionDescription(answer, "answer"))
            await eventually(lambda: stock.state in ("failed", "closed"))
            spamming.cancel()


@pytest.mark.parametrize("setup", ["actpass", "active"], ids=["as DTLS client", "as DTLS server"])
async def test_the_relay_wins_the_race_of_the_handshake(stage, monkeypatch, setup):
    hello, handle = client_hello(), stage.worker.handle

    def in_that_role(request):
        if isinstance(request, Offer):
            sdp = request.sdp.replace("a=setup:actpass", f"a=setup:{setup}")
            request = Offer(request.kind, request.participant, sdp, request.state, request.replaces)
        return handle(request)

    monkeypatch.setattr(stage.worker, "handle", in_that_role)
    with stranger() as attacker:

        async def spam() -> None:
            while True:
                attacker.sendto(hello, address(stage))
                await asyncio.sleep(0.001)

        spamming = asyncio.create_task(spam())
        lou = await stage.listen("lou")
        spamming.cancel()
    await lou.frames(5)
    assert stage.worker.port.counts["stranger"]


async def test_stock_takes_a_strangers_flood_for_its_peers():
    async with Stock() as stock:
        await stock.connect()
        before = await stock.received()
        with stranger() as attacker:
            for _ in range(FLOOD):
                attacker.sendto(b"\x80\x6f" + os.urandom(100), stock.address)
            for _ in range(100):
                if await stock.received() > before + 100:
                    break
                await asyncio.sleep(0.01)
        assert await stock.received() > before + 100


async def test_a_strangers_flood_goes_no_further_than_the_door(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(440))
    lou = await stage.listen("lou")
    await lou.hears(440)
    since = len(lou.packets)
    with stranger() as attacker:
        for _ in range(FLOOD):
            attacker.sendto(b"\x80\x6f" + os.urandom(100), address(stage))
        await eventually(lambda: stage.worker.port.counts["stranger"] >= FLOOD // 2)
    await unbroken(lou, since)
    assert lou.level(440) > -30


async def test_a_flood_from_a_peers_own_address_is_cut_off_and_costs_nobody_else(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(440))
    lou, eve = await stage.listen("lou"), await stage.listen("eve")
    await lou.hears(440)
    since, port = len(lou.packets), stage.worker.port
    theirs = stage.sessions[eve.session].peer.address
    for _ in range(FLOOD):
        port._take(b"\x80\x6f" + os.urandom(100), theirs)
    assert port.counts["over_limit"] >= FLOOD - 250
    await unbroken(lou, since)
    assert lou.level(440) > -30


def candidates(addresses: list[tuple[str, int]]) -> str:
    lines = [f"a=candidate:{n} 1 udp 2130706431 {host} {port} typ host" for n, (host, port) in enumerate(addresses)]
    return "\r\n".join(lines) + "\r\n"


async def test_stock_can_be_made_to_speak_to_anybody():
    with stranger() as victim:
        async with Stock() as stock:
            await stock.answer(lambda sdp: sdp + candidates([victim.getsockname()]))
            await eventually(lambda: bool(heard(victim)))


async def test_the_relay_speaks_to_those_who_spoke_to_it(stage):
    with stranger() as victim:
        await stage.offer("whep", "eve", await good_offer() + candidates([victim.getsockname()]))
        lou = await stage.listen("lou")
        await lou.frames(50)
        assert not heard(victim)


MANY = [(f"127.{n // 65536}.{n // 256 % 256}.{n % 256}", 9) for n in range(5000)]


async def test_stock_keeps_five_thousand_candidates():
    async with Stock() as stock:
        sdp = await good_offer()
        await stock.peer.setRemoteDescription(RTCSessionDescription(sdp + candidates(MANY), "offer"))
        assert len(stock.peer.getTransceivers()[0].receiver.transport.transport.getRemoteCandidates()) >= 5000


async def test_stock_answers_two_hundred_sections():
    async with Stock() as stock:
        sdp = await good_offer()
        sections = "".join(audio_section(sdp).replace("a=mid:0", f"a=mid:{number}") for number in range(1, 200))
        await stock.peer.setRemoteDescription(RTCSessionDescription(sdp + sections, "offer"))
        assert len(stock.peer.getTransceivers()) == 200


async def test_the_relay_refuses_both_while_the_sound_goes_on(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(440))
    lou, sdp = await stage.listen("lou"), await good_offer()
    await lou.hears(440)
    since = len(lou.packets)
    small = "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\n" * 199
    for hostile, wanted in (
        (sdp + candidates(MANY), Refusal(413, "too_large")),
        (sdp + audio_section(sdp) * 199, Refusal(413, "too_large")),
        (sdp + small, Refusal(422, "no_audio")),
        (sdp + candidates(MANY[:80]), None),
    ):
        reply = await stage.worker.handle(Offer("whep", f"eve{random.random()}", hostile, stage.state()))
        assert reply == wanted or wanted is None
    for session in stage.sessions.values():
        assert not session.peer._wire.receiver.remote_candidates or session.participant in ("ana", "lou")
    await unbroken(lou, since)
