"""libopus through ctypes: what a packet is, what it holds, and what is no packet at all."""

import ctypes.util
import gc
import random

import av
import numpy as np
import pytest
from django.core.management import CommandError, call_command

from rooms.relay import opus
from rooms.relay.opus import (
    DTX_BYTES,
    FRAME_SAMPLES,
    Decoder,
    Encoder,
    OpusError,
    Repacketizer,
    has_fec,
    packet_samples,
)
from tests.support.ears import sine


def voice(frame: int) -> np.ndarray:
    """Harmonics that change all the time: a tone alone gets no FEC."""
    pitch = 120 + 30 * np.sin(frame / 5)
    return sum(sine(pitch * n, frame, 0.2 / n) for n in range(1, 9))


@pytest.fixture(scope="module")
def packets() -> list[bytes]:
    encoder = Encoder()
    return [encoder.encode(voice(frame)) for frame in range(60)]


def test_packets_know_their_length(packets):
    assert {packet_samples(packet) for packet in packets} == {FRAME_SAMPLES}
    assert packet_samples(Repacketizer().join(packets[10:13])) == 3 * FRAME_SAMPLES


@pytest.mark.parametrize("garbage", [b"", b"\xff" * 50, b"\x03", b"\x03\x00"])
def test_what_is_no_packet_is_refused(garbage):
    with pytest.raises(OpusError):
        packet_samples(garbage)
    with pytest.raises(OpusError):
        Decoder().decode(garbage)


def test_no_packet_is_louder_than_full_scale():
    """Random bytes behind a good first one are a packet, and libopus makes millions of some."""
    chance, peaks = random.Random(1), []
    for first in range(0, 256, 4):
        decoder = Decoder()
        for _ in range(50):
            peaks.append(np.abs(decoder.decode(bytes([first]) + chance.randbytes(60))).max())
        peaks.append(np.abs(decoder.conceal()).max())
    assert max(peaks) == 1.0


def test_silence_shrinks_to_nothing_only_when_allowed():
    encoder, silence = Encoder(), np.zeros(FRAME_SAMPLES, np.float32)
    assert all(len(encoder.encode(silence)) > DTX_BYTES for _ in range(50))
    encoder.set_dtx(True)
    assert any(len(encoder.encode(silence)) <= DTX_BYTES for _ in range(50))


def test_a_packet_tells_whether_it_carries_the_one_before(packets):
    """Where it says so, `recover` gives something else than concealment does; where not, the same."""
    told = set()
    for number in range(20, 59):
        heard, guessed = Decoder(), Decoder()
        for packet in packets[:number]:
            heard.decode(packet)
            guessed.decode(packet)
        following = packets[number + 1]
        difference = np.abs(heard.recover(following) - guessed.conceal()).max()
        assert has_fec(following) == (difference > 0.05)
        told.add(has_fec(following))
    assert told == {True, False}


def test_joined_packets_tell_of_the_first_one(packets):
    number = next(n for n in range(10, 50) if has_fec(packets[n]))
    assert has_fec(Repacketizer().join(packets[number : number + 2]))


def test_celt_has_no_fec():
    """Configurations 16 to 31 (RFC 6716 section 3.1), whatever follows."""
    assert not any(has_fec(bytes([config << 3, first, 1, 2, 3])) for config in range(16, 32) for first in range(256))


def test_garbage_has_no_fec_and_does_no_harm():
    chance = random.Random(5)
    for _ in range(5_000):
        garbage = chance.randbytes(chance.randrange(20))
        has_fec(garbage)
        try:
            assert 0 < packet_samples(garbage) <= 6 * FRAME_SAMPLES
        except OpusError:
            assert not has_fec(garbage)


def test_without_libopus_the_relay_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(av, "__file__", str(tmp_path / "av" / "__init__.py"))
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    opus.library.cache_clear()
    before = gc.get_threshold()
    try:
        with pytest.raises(CommandError, match="needs libopus.*apt-get install libopus0"):
            call_command("runrelay")
    finally:
        opus.library.cache_clear()
    assert gc.get_threshold() == before, "a process that will not be a relay stays as it was"
