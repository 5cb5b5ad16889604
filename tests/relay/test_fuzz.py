"""Mutated offers and datagrams by the thousand while people talk: nothing is logged, nobody closed, nothing left."""

import asyncio
import logging
import os

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rooms.relay import guard
from rooms.relay.allowance import Allowance
from rooms.relay.protocol import Answer, Offer
from tests.relay.test_attacks import NAMELESS, SHORT_PRIORITY, unbroken
from tests.relay.test_refusals import mutated
from tests.relay.test_sessions import is_stream
from tests.relay.test_strangers import BROKEN_STUN, client_hello, stranger
from tests.support.ears import eventually, tone

LONG = pytest.mark.long
pytestmark = pytest.mark.usefixtures("spared")
USERNAME = b"\0\x06\0\x08abcd:efg"
PRIORITY = b"\0\x24\0\x04\x6e\0\x1e\xff"
TEMPLATES = [
    b"",
    b"\x80\x6f" + bytes(60),
    b"\x90\x6f" + bytes(10) + b"\xbe\xde\0\x01\x10\x80\0\0" + bytes(40),
    b"\x81\xc9\0\x07" + bytes(60),
    b"\x81\xcd\0\x03" + bytes(40),
    b"\x16\xfe\xfd" + bytes(60),
    b"\x01\x01\0\x0c\x21\x12\xa4\x42" + bytes(12) + b"\0\x20\0\x08\0\x01" + bytes(6),
    SHORT_PRIORITY,
    NAMELESS,
    BROKEN_STUN,
]


def examples(strategy: st.SearchStrategy, count: int) -> list:
    """The same ones each time."""
    found = []

    @given(strategy)
    @settings(max_examples=count, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    def collect(example) -> None:
        found.append(example)

    collect()
    return found


def edited(originals: list[bytes]) -> st.SearchStrategy[bytes]:
    """One of the originals with some bytes written over, cut short or made longer."""
    edits = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=6)

    def apply(original: bytes, edits: list, cut: int, tail: bytes) -> bytes:
        data = bytearray(original)
        for at, value in edits:
            if data:
                data[at % len(data)] = value
        return bytes(data[:cut]) + tail

    return st.builds(apply, st.sampled_from(originals), edits, st.integers(0, 120), st.binary(max_size=12))


def held() -> tuple[int, int]:
    """(descriptors, tasks); streams are connections to Redis, which its pool keeps."""
    return len([number for number in os.listdir("/proc/self/fd") if not is_stream(number)]), len(asyncio.all_tasks())


def complaints(caplog) -> list[str]:
    """What was logged as an error, by the event loop too."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=LONG)])
async def test_mutated_offers(stage, caplog, count):
    offers = examples(mutated(), count)
    stage.seat("ana")
    await stage.speak("ana", tone(440))
    lou = await stage.listen("lou")
    await lou.hears(440)
    before, since = held(), len(lou.packets)
    for number, sdp in enumerate(offers):
        reply = await stage.worker.handle(Offer("whep", f"eve{number % 20}", sdp, stage.state()))
        assert isinstance(reply, Answer) or reply.status in (413, 422), reply
    for session in list(stage.sessions.values()):
        if session.participant.startswith("eve"):
            session.close()
    await eventually(lambda: held() <= before)
    await unbroken(lou, since)
    assert stage.present == {"ana", "lou"} and not complaints(caplog)


@pytest.mark.parametrize("count", [3_000, pytest.param(100_000, marks=LONG)])
async def test_mutated_datagrams_from_strangers_and_in_the_peers_own_name(stage, caplog, count):
    datagrams = examples(edited([*TEMPLATES, client_hello()]), count)
    stage.seat("ana")
    ana, lou, eve = await stage.speak("ana", tone(440)), await stage.listen("lou"), await stage.listen("eve")
    await lou.hears(440)
    port, wires = stage.worker.port, [stage.sessions[person.session].peer._wire for person in (ana, eve)]
    for wire in wires:
        # Past its limit nothing would reach the parsers.
        wire._allowance = Allowance(10**9, 10**12)
    before, since = held(), len(lou.packets)
    with stranger() as attacker:
        for number, datagram in enumerate(datagrams):
            wire = wires[number % 2]
            port._take(datagram, wire.address)
            attacker.sendto(datagram, (port.host, port.port))
            # And with the credentials: whatever it says is signed.
            signed = wire.key.signed(guard.BINDING_REQUEST, os.urandom(12), USERNAME + PRIORITY + datagram)
            wire.take_stun(signed, wire.address)
            if number % 20 == 0:
                await asyncio.sleep(0)
    await unbroken(lou, since)
    await eventually(lambda: held() <= before)
    assert not port.counts["failed"] and stage.present >= {"ana", "lou"} and not complaints(caplog)
    await lou.hears(440)
