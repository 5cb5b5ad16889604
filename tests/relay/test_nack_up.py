"""Lost packets of a microphone are asked for again (RFC 4585 6.2.1), and what is no RTP or RTCP changes nothing."""

import asyncio
import itertools
import logging
import random
import struct

from aiortc.rtp import RtpPacket, is_rtcp
from pylibsrtp import Error as SrtpError

from tests.support.ears import Speaker, eventually, tone

ANA = 440


class Leaky(Speaker):
    """Loses two packets in a row out of 25, once each: `lost` and `resent` are their sequence numbers."""

    def __init__(self, *args, nack: bool = True) -> None:
        super().__init__(*args)
        self.lost: list[int] = []
        self.resent: list[int] = []
        self._nack = nack
        self._latest = -1

    async def connect(self, timeout: float = 10) -> None:  # noqa: ASYNC109
        await super().connect(timeout)
        self.transport = self.connection.getSenders()[0].transport
        self.send_rtp = self.transport._send_rtp
        self.transport._send_rtp = self._lose

    async def _post(self, offer: str) -> tuple[str, str]:
        lines = offer.splitlines(keepends=True)
        return await super()._post("".join(line for line in lines if self._nack or not line.endswith(" nack\r\n")))

    async def _lose(self, data: bytes) -> None:
        if not is_rtcp(data):
            number = RtpPacket.parse(data).sequence_number
            if number <= self._latest:
                self.resent.append(number)
            elif number % 25 < 2:
                self.lost.append(number)
                self._latest = number
                return
            self._latest = max(self._latest, number)
        await self.send_rtp(data)


async def test_what_was_lost_is_asked_for_and_comes(stage):
    stage.seat("ana")
    await stage.listen("lou")
    ana = await stage.enter(Leaky(stage.state, "ana", tone(ANA)))
    await eventually(lambda: len(ana.resent) >= 10, seconds=20)
    assert set(ana.resent) <= set(ana.lost)
    uplink = stage.microphone("ana").uplink
    # In time as well: not all of them were missing in their turn.
    await eventually(lambda: uplink.lost < len(ana.lost) - 2)


async def test_a_client_that_does_not_offer_it_is_not_asked(stage):
    stage.seat("ana")
    await stage.listen("lou")
    ana = await stage.enter(Leaky(stage.state, "ana", tone(ANA), nack=False))
    assert "nack" not in ana.connection.remoteDescription.sdp
    uplink = stage.microphone("ana").uplink
    await eventually(lambda: uplink.lost >= 4)
    assert ana.resent == []


def mangled(chance: random.Random, payload_type: int, ssrc: int):
    """What an authenticated client may send: header extensions and reports of any shape."""
    for number in itertools.count():
        body = chance.randbytes(chance.randrange(60))
        kind = number % 4
        if kind == 0:
            # Extensions that end early, or hold bytes that are no text and no number.
            extension = struct.pack("!HH", chance.choice([0xBEDE, 0x1000]), chance.randrange(12)) + body
            yield struct.pack("!BBHLL", 0x90, payload_type, number & 0xFFFF, 0, ssrc) + extension
        elif kind == 1:
            yield struct.pack("!BBHLL", chance.choice([0xA0, 0x8F, 0xBF]), payload_type, number, 0, ssrc) + body
        else:
            # Reports whose count and length have nothing to do with what follows.
            header = 0x80 | chance.choice([0, 0x20]) | chance.randrange(32)
            whole = body[: len(body) // 4 * 4]
            words = chance.choice([len(whole) // 4 + 1, chance.randrange(20)])
            kind = chance.choice([200, 201, 202, 203, 205, 206])
            yield struct.pack("!BBHL", header, kind, words, ssrc) + whole


async def test_bytes_of_any_kind_change_nothing(stage, caplog):
    stage.seat("ana")
    lou = await stage.listen("lou")
    ana = await stage.enter(Leaky(stage.state, "ana", tone(ANA)))
    raised: list[dict] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: raised.append(context))
    microphone = stage.microphone("ana")
    sent, sender = 0, ana.connection.getSenders()[0]
    for data in itertools.islice(mangled(random.Random(7), microphone.peer.payload_type, sender._ssrc ^ 1), 4_000):
        try:
            await ana.send_rtp(data)
            sent += 1
        except SrtpError:
            # Not even libsrtp takes these.
            pass
        if sent % 16 == 0:
            await asyncio.sleep(0)
    assert sent > 2_000
    await lou.frames(10)
    await lou.hears(ANA)
    assert stage.microphone("ana") is microphone
    assert raised == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
