"""Datagrams from strangers: none may close a peer, stop a handshake, or make the relay speak to somebody else."""

import asyncio
import os
import random
import socket

from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCCertificate
from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from rooms.relay import guard
from tests.relay.offers import good_offer

# STUN Binding request with a USERNAME that runs past the end.
BROKEN_STUN = bytes.fromhex("000100082112a442") + b"t" * 12 + bytes.fromhex("00060fff61620000")


def client_hello() -> bytes:
    context = RTCCertificate.generateCertificate()._create_ssl_context(srtp_profiles=SRTP_PROFILES)
    connection = SSL.Connection(context)
    connection.set_connect_state()
    try:
        connection.do_handshake()
    except SSL.WantReadError:
        pass
    return connection.bio_read(4096)


def stranger() -> socket.socket:
    socket_ = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    socket_.bind(("127.0.0.1", 0))
    socket_.setblocking(False)
    return socket_


async def test_garbage_from_a_stranger_closes_nobody(stage):
    lou = await stage.listen("lou")
    noise = random.Random(1)
    with stranger() as attacker:
        for datagram in [b"", b"\x80", b"\x16", BROKEN_STUN, b"\x80\x6f" + bytes(30), b"\x15\xfe\xfd" + bytes(12)]:
            attacker.sendto(datagram, (stage.worker.port.host, stage.worker.port.port))
        for _ in range(200):
            datagram = bytes([noise.randrange(256)]) + noise.randbytes(noise.randrange(80))
            attacker.sendto(datagram, (stage.worker.port.host, stage.worker.port.port))
        await lou.frames(20)
        counts = stage.worker.port.counts
        assert counts["empty"] and counts["stranger"] and counts["stun_refused"] and not counts["failed"]
        assert not lou.is_over
        try:
            answered = attacker.recv(2048)
        except BlockingIOError:
            answered = b""
        assert answered == b""


async def test_a_stranger_cannot_win_the_handshake(stage):
    hello, done = client_hello(), asyncio.Event()
    with stranger() as attacker:

        async def spam() -> None:
            while not done.is_set():
                attacker.sendto(hello, (stage.worker.port.host, stage.worker.port.port))
                await asyncio.sleep(0.001)

        spamming = asyncio.create_task(spam())
        people = [await stage.listen(f"lou{number}") for number in range(4)]
        done.set()
        await spamming
    for person in people:
        await person.frames(5)


async def test_the_candidates_of_an_offer_are_never_contacted(stage):
    with stranger() as victim:
        host, port = victim.getsockname()
        line = f"a=candidate:1 1 udp 2130706431 {host} {port} typ host\r\na=candidate:2 1 udp 1 x.local 9 typ host\r\n"
        await stage.offer("whep", "lou", await good_offer() + line)
        lou = await stage.listen("max")
        await lou.frames(20)
        try:
            received = victim.recv(2048)
        except BlockingIOError:
            received = b""
        assert received == b""


async def test_an_answer_names_one_address_and_no_other(stage):
    answer = await stage.offer("whep", "lou", await good_offer())
    candidates = [line.split() for line in answer.sdp.splitlines() if line.startswith("a=candidate")]
    assert [(line[4], int(line[5])) for line in candidates] == [("127.0.0.1", stage.worker.port.port)]
    assert "useinbandfec=1" in answer.sdp


async def test_a_peer_cannot_take_another_ones_address(stage):
    lou = await stage.listen("lou")
    port, victim = stage.worker.port, stage.room.downlinks["lou"].peer._wire
    await stage.offer("whep", "eve", await good_offer())
    eve = next(session for session in stage.sessions.values() if session.participant == "eve").peer._wire
    port._take(binding_request(eve), victim.address)
    assert port.counts["address_refused"] == 1
    await lou.frames(5)


async def test_a_wrong_password_proves_nothing(stage):
    await stage.offer("whep", "eve", await good_offer())
    port, eve = stage.worker.port, next(iter(stage.sessions.values())).peer._wire
    request = bytearray(binding_request(eve))
    request[-1] ^= 1
    port._take(bytes(request), ("127.0.0.1", 9))
    assert not eve.addresses and port.counts["stun_refused"]


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_any_bytes_can_be_judged(datagram):
    for whole in (
        datagram,
        b"\0\1" + len(datagram).to_bytes(2, "big") + guard.MAGIC_COOKIE + os.urandom(12) + datagram,
    ):
        if guard.stun_type(whole) == guard.BINDING_REQUEST and (found := guard.binding_request(whole)):
            assert not guard.StunKey("a" * 22).verifies(whole, found[1])


def binding_request(wire) -> bytes:
    """A request signed with the credentials of the relay's answer."""
    from aioice import stun

    request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    request.attributes["USERNAME"] = f"{wire.username.decode()}:them"
    request.attributes["PRIORITY"] = 1
    request.add_message_integrity(wire.receiver.local_password.encode())
    # Without FINGERPRINT, MESSAGE-INTEGRITY is last.
    data = bytes(request)[:-8]
    return data[:2] + (len(data) - 20).to_bytes(2, "big") + data[4:]
