"""What the relay protects packets with: one context per peer, and all of them close together."""

import os
import platform
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from unittest.mock import Mock

import pytest
from pylibsrtp import Error, Policy, Session
from pylibsrtp._binding import ffi

from rooms.relay import srtp_insides
from tests.relay.wire import PROFILES, srtp_pair
from tests.support.ears import Ear, tone

ANA = 440

AES_256 = Policy.SRTP_PROFILE_AEAD_AES_256_GCM
COUNT = 300
# What a handshake leaves behind beside each (bytes); too little for malloc to map it apart.
LEFT_BEHIND = 60_000


def stock(profile: int, key: bytes, ssrc: int) -> Session:
    return Session(Policy(key, Policy.SSRC_SPECIFIC, ssrc, profile))


def spread(make: Callable[[int, bytes, int], Session]) -> int:
    """Bytes from one context to the next at the median, when other things are made in between."""
    kept = []
    for ssrc in range(COUNT):
        kept.append((make(AES_256, os.urandom(PROFILES[AES_256]), ssrc), bytearray(LEFT_BEHIND)))
    places = sorted(int(ffi.cast("uintptr_t", srtp_insides.handle(session))) for session, _ in kept)
    return sorted(later - earlier for earlier, later in zip(places, places[1:], strict=False))[COUNT // 2]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no memory per thread")
def test_contexts_lie_side_by_side_whatever_is_made_between_them():
    # In a process that has freed little: in the holes of this one they might lie close together by chance.
    with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
        assert fresh.submit(spread, srtp_insides.outbound).result() < 10_000
        assert fresh.submit(spread, stock).result() > LEFT_BEHIND, "they would lie side by side anyway"


@pytest.mark.parametrize("profile", PROFILES)
def test_only_the_own_stream_is_protected(profile):
    session, _ = srtp_pair(profile, 7)
    with pytest.raises(Error, match="no appropriate context"):
        session.protect(b"\x80\x6f" + bytes(6) + (8).to_bytes(4, "big") + b"sound")


@pytest.mark.parametrize("kind", ["listener", "speaker"])
async def test_there_is_one_session_for_one_key(stage, kind):
    """With two, two reports would be encrypted with the same key stream (RFC 3711 section 9.1)."""
    stage.seat("ana")
    ana = await (stage.listen("ana") if kind == "listener" else stage.speak("ana", tone(ANA)))
    peer = stage.sessions[ana.session].peer
    made = peer.outbound
    assert made is not None and peer._dtls._tx_srtp is None
    peer._state_changed()
    assert peer.outbound is made


async def test_who_cannot_be_given_keys_is_let_go_and_costs_nobody_theirs(stage, monkeypatch):
    stage.seat("ana")
    lou, _ = await stage.listen("lou"), await stage.speak("ana", tone(ANA))
    with monkeypatch.context() as broken:
        broken.setattr(srtp_insides, "outbound", Mock(side_effect=RuntimeError("can't start new thread")))
        with pytest.raises(KeyError):
            await stage.enter(Ear(stage.state, "max"))
    assert stage.present == {"ana", "lou"}
    await lou.frames(5)
    await stage.listen("max")
