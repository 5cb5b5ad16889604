"""The addresses of the relay's one UDP port: one or two families, and what is announced in their place."""

import socket
from collections import Counter

import pytest
from aioice import stun

from rooms.relay.guard import StunKey, xor_mapped_address
from rooms.relay.sockets import open_sockets, sockaddr
from tests.relay.offers import good_offer
from tests.relay.wire import has_ipv6
from tests.support.ears import Ear, Speaker, tone

needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")


def candidates(sdp: str) -> list[tuple[str, int]]:
    lines = [line.split() for line in sdp.splitlines() if line.startswith("a=candidate")]
    return [(line[4], int(line[5])) for line in lines]


@pytest.mark.parametrize("stage", [{"public_address": "203.0.113.7"}], indirect=True)
async def test_behind_a_nat_the_public_address_is_announced(stage):
    answer = await stage.offer("whep", "lou", await good_offer())
    assert candidates(answer.sdp) == [("203.0.113.7", stage.worker.port.port)]
    assert "127.0.0.1" not in answer.sdp.split("m=audio")[1]


@needs_ipv6
@pytest.mark.parametrize("stage", [{"address": "127.0.0.1, ::1"}], indirect=True)
async def test_both_families_share_a_port_number_and_a_room(stage):
    stage.seat("ana")
    ana = Speaker(stage.state, "ana", tone(440))
    ana.url = "http://[::1]/"
    await stage.enter(ana)
    four, six = await stage.listen("four"), Ear(stage.state, "six")
    six.url = "http://[::1]/"
    await stage.enter(six)
    await four.hears(440)
    await six.hears(440)
    sessions = stage.room.downlinks
    assert sessions["four"].peer.address[0] == "127.0.0.1" and sessions["six"].peer.address[0] == "::1"
    answer = await stage.offer("whep", "lou", await good_offer())
    assert candidates(answer.sdp) == [("127.0.0.1", stage.worker.port.port), ("::1", stage.worker.port.port)]


@needs_ipv6
@pytest.mark.parametrize("stage", [{"address": "127.0.0.1,::1", "public_address": "203.0.113.7"}], indirect=True)
async def test_a_family_without_a_public_address_announces_its_own(stage):
    answer = await stage.offer("whep", "lou", await good_offer())
    assert [host for host, _ in candidates(answer.sdp)] == ["203.0.113.7", "::1"]


@needs_ipv6
def test_a_free_port_is_free_in_both_families():
    opened = open_sockets("127.0.0.1,::1", "", 0, Counter())
    assert len({each.number for each in opened}) == 1 and opened[0].number
    for each in opened:
        each.close()


@pytest.mark.parametrize(
    ("addresses", "public", "said"),
    [
        ("", "", "no address is given"),
        ("relay.example.org", "", "'relay.example.org' does not appear to be an IPv4 or IPv6 address"),
        ("127.0.0.1,127.0.0.2", "", "there is one address for IPv4 already: 127.0.0.1"),
        ("127.0.0.1", "2001:db8::7", "the public address 2001:db8::7 needs an IPv6 address to be bound as well"),
        ("0.0.0.0", "", "it is announced to people's browsers, so it must be one address of this machine"),
        ("127.0.0.1", "224.0.0.1", "it is announced to people's browsers, so it must be one address of this machine"),
    ],
)
def test_addresses_that_cannot_serve_are_named(addresses, public, said):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        open_sockets(addresses, public, 0, Counter())
    assert str(caught.value) == said


def test_a_bound_port_is_named():
    first = open_sockets("127.0.0.1", "", 0, Counter())[0]
    with pytest.raises(OSError, match=r"Address already in use \(127\.0\.0\.1\)"):
        open_sockets("127.0.0.1", "", first.number, Counter())
    first.close()


def test_every_address_is_bound_when_another_one_is_announced():
    opened = open_sockets("0.0.0.0", "203.0.113.7", 0, Counter())[0]
    assert (opened.host, opened.announced) == ("0.0.0.0", "203.0.113.7")
    opened.close()


def test_addresses_as_the_kernel_reads_them():
    assert sockaddr(("127.0.0.1", 0x1234)) == b"\x02\x00\x12\x34\x7f\x00\x00\x01" + bytes(8)
    six = sockaddr(("::1", 0x1234))
    assert six == b"\x0a\x00\x12\x34" + bytes(4 + 15) + b"\x01" + bytes(4)
    if has_ipv6():
        assert sockaddr(("fe80::1%lo", 9))[-4:] == socket.if_nametoindex("lo").to_bytes(4, "little")


@pytest.mark.parametrize("address", [("198.51.100.7", 4000), ("2001:db8::7", 65535), ("fe80::1%eth0", 1)])
def test_consent_is_answered_with_the_address_it_came_from(address):
    transaction = bytes(range(12))
    answer = StunKey("secret").response(transaction, xor_mapped_address(address, transaction))
    message = stun.parse_message(answer)
    assert message.check_message_integrity(b"secret")
    assert message.attributes["XOR-MAPPED-ADDRESS"] == (address[0].partition("%")[0], address[1])
