"""Ends of the fan-out's wires: browsers with SRTP keys and sockets of their own, who read every byte they get."""

import os
import random
import socket

from aiortc.rtp import RtcpPacket, RtpPacket
from pylibsrtp import Policy, Session

from rooms.relay import srtp_insides
from rooms.relay.fanout import Fanout, Listener

PROFILES = {
    Policy.SRTP_PROFILE_AES128_CM_SHA1_80: 30,
    Policy.SRTP_PROFILE_AEAD_AES_128_GCM: 28,
    Policy.SRTP_PROFILE_AEAD_AES_256_GCM: 44,
}

MARK = b"that was all"


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def srtp_pair(profile: int, ssrc: int) -> tuple[Session, Session]:
    """(what the relay protects with, what the browser reads with)"""
    key = os.urandom(PROFILES[profile])
    policy = Policy(key=key, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=profile)
    policy.window_size = 1024
    return srtp_insides.outbound(profile, key, ssrc), Session(policy)


class Browser:
    """A peer of the fan-out with a socket and keys of its own: what it receives, it unprotects and parses."""

    payload_type = 111

    def __init__(self, *, ipv6: bool = False, levels_id: int | None = None, profile: int | None = None) -> None:
        self._socket = socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("::1" if ipv6 else "127.0.0.1", 0))
        self._socket.settimeout(5)
        self.address = self._socket.getsockname()[:2]
        self.ssrc = random.getrandbits(32)
        self.csrc_levels_id = levels_id
        self.outbound, self._inbound = srtp_pair(profile or Policy.SRTP_PROFILE_AES128_CM_SHA1_80, self.ssrc)

    def roam(self, *, ipv6: bool = False) -> None:
        other = Browser(ipv6=ipv6)
        self._socket.close()
        self._socket, self.address = other._socket, other.address

    def send(self, datagram: bytes) -> None:
        """In the place of the wire; reports go out like this."""
        with socket.socket(self._socket.family, socket.SOCK_DGRAM) as out:
            out.sendto(datagram, self.address)

    def datagrams(self) -> list[bytes]:
        """All that was sent before, as it was on the wire: a mark sent now comes after it."""
        self._socket.sendto(MARK, self.address)
        return list(iter(lambda: self._socket.recv(2048), MARK))

    def packets(self) -> list[RtpPacket]:
        return [RtpPacket.parse(self._inbound.unprotect(datagram)) for datagram in self.datagrams()]

    def reports(self) -> list:
        return [
            each for datagram in self.datagrams() for each in RtcpPacket.parse(self._inbound.unprotect_rtcp(datagram))
        ]

    def close(self) -> None:
        self._socket.close()


def join(fanout: Fanout, browser: Browser, ptime: int = 20) -> Listener:
    listener = Listener(browser, ptime)
    fanout.add(listener)
    return listener


def steps(packets: list[RtpPacket]) -> list[tuple[int, int]]:
    """(how many numbers, how many samples) lie between packets."""
    pairs = zip(packets, packets[1:], strict=False)
    return [
        ((b.sequence_number - a.sequence_number) & 0xFFFF, (b.timestamp - a.timestamp) & 0xFFFFFFFF) for a, b in pairs
    ]
