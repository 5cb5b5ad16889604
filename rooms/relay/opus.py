"""libopus through ctypes: what PyAV's codec wrapper leaves out (FEC, concealment, DTX, repacketizing).

Used by uplink.py, playout.py, mixer.py and packets.py. Samples are float32 mono at 48 kHz, in -1..1. Not thread-safe:
one object, one thread. The library is the one inside the PyAV wheel, else the system's.
"""

import ctypes
import ctypes.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import av
import numpy as np

SAMPLE_RATE = 48_000
FRAME_SAMPLES = 960
# The longest packet of RFC 6716 section 3.2.5: 120 ms.
PACKET_SAMPLES_MAX = 6 * FRAME_SAMPLES
BIT_RATE = 32_000
# libopus scales its work from 0 to 10; 5 is what its authors call the balance, and costs half of 10.
COMPLEXITY = 5
# Losses (per cent) that in-band FEC is laid out for.
EXPECTED_LOSS = 10
# A frame this short carries no sound: the encoder's discontinuous transmission (RFC 6716 section 2.1.9).
DTX_BYTES = 2

_ENCODED_MAX = 1275
_APPLICATION_VOIP = 2048
_SET_BITRATE, _SET_COMPLEXITY, _SET_FEC, _SET_LOSS, _SET_DTX, _SET_SIGNAL = 4002, 4010, 4012, 4014, 4016, 4024
_RESET_STATE = 4028
_SIGNAL_VOICE = 3001
_INVALID_PACKET = -4
# The most frames one packet may have (RFC 6716 section 3.2.5).
_FRAMES_MAX = 48


class OpusError(Exception):
    """libopus refused: a packet that is none, or sizes that do not fit."""


class MissingLibrary(Exception):
    """No libopus on this machine; the message says what to install."""


class Encoder:
    """Mono speech, 20 ms frames, 32 kbit/s, with in-band FEC (RFC 6716 section 2.1.7)."""

    def __init__(self, bit_rate: int = BIT_RATE) -> None:
        self._lib = library()
        error = ctypes.c_int()
        self._state = self._lib.opus_encoder_create(SAMPLE_RATE, 1, _APPLICATION_VOIP, ctypes.byref(error))
        _check(error.value)
        for request, value in (
            (_SET_BITRATE, bit_rate),
            (_SET_COMPLEXITY, COMPLEXITY),
            (_SET_FEC, 1),
            (_SET_LOSS, EXPECTED_LOSS),
            (_SET_SIGNAL, _SIGNAL_VOICE),
        ):
            _check(self._lib.opus_encoder_ctl(self._state, request, ctypes.c_int(value)))
        self._packet = ctypes.create_string_buffer(_ENCODED_MAX)

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._lib.opus_encoder_destroy(self._state)

    def set_dtx(self, on: bool) -> None:
        """Whether frames without speech may shrink to DTX_BYTES (RFC 6716 section 2.1.9).

        For silence only: the encoder's own judgement takes a held tone for noise and cuts it off.
        """
        _check(self._lib.opus_encoder_ctl(self._state, _SET_DTX, ctypes.c_int(on)))

    def follow(self, other: "Encoder") -> None:
        """Goes on exactly where `other` is now; its state "can be freely copied" (opus.h)."""
        ctypes.memmove(self._state, other._state, self._lib.opus_encoder_get_size(1))

    def encode(self, samples: np.ndarray) -> bytes:
        """960 samples in, one Opus packet out."""
        if len(samples) != FRAME_SAMPLES:
            raise ValueError(f"an Opus frame here has {FRAME_SAMPLES} samples, not {len(samples)}")
        samples = np.ascontiguousarray(samples, np.float32)
        size = self._lib.opus_encode_float(self._state, samples.ctypes.data, FRAME_SAMPLES, self._packet, _ENCODED_MAX)
        return self._packet.raw[: _check(size)]


class Decoder:
    """One stream's decoder. Every method returns a new array of samples, none beyond full scale."""

    def __init__(self) -> None:
        self._lib = library()
        error = ctypes.c_int()
        self._state = self._lib.opus_decoder_create(SAMPLE_RATE, 1, ctypes.byref(error))
        _check(error.value)
        self._samples = np.zeros(PACKET_SAMPLES_MAX, np.float32)

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._lib.opus_decoder_destroy(self._state)

    def decode(self, packet: bytes) -> np.ndarray:
        """The packet's samples, 2.5 to 120 ms of them. Raises OpusError for what is no Opus packet."""
        if not packet:
            raise OpusError("an empty packet")
        return self._decode(packet, PACKET_SAMPLES_MAX, 0)

    def recover(self, following: bytes, samples: int = FRAME_SAMPLES) -> np.ndarray:
        """The end of a lost packet out of the FEC data of the one that followed it (RFC 6716 section 2.1.7).

        `following` must still be decoded afterwards. Without FEC data in it this is `conceal`.
        """
        if not following:
            raise OpusError("an empty packet")
        return self._decode(following, samples, 1)

    def conceal(self, samples: int = FRAME_SAMPLES) -> np.ndarray:
        """What may have been in a packet that is lost for good; fades out over repeated calls."""
        return self._decode(None, samples, 0)

    def decode_at(self, packet: bytes | None, address: int, samples: int, fec: int = 0) -> int:
        """Writes at most `samples` of float32 to `address` and returns how many; 0 for what is no Opus packet.

        For mixdowns, which decode by the million: nothing is copied, clipped or raised. Without a packet, or with
        `fec` and the one that followed, it writes what was lost.
        """
        size = 0 if packet is None else len(packet)
        return max(0, self._lib.opus_decode_float(self._state, packet, size, address, samples, fec))

    def reset(self) -> None:
        """Forgets the stream, as for a new one."""
        _check(self._lib.opus_decoder_ctl(self._state, _RESET_STATE))

    def _decode(self, packet: bytes | None, samples: int, fec: int) -> np.ndarray:
        size = 0 if packet is None else len(packet)
        count = self._lib.opus_decode_float(self._state, packet, size, self._samples.ctypes.data, samples, fec)
        # Of random bytes the decoder makes samples by the million, and a limiter would turn everybody down for them.
        return np.clip(self._samples[: _check(count)], -1.0, 1.0)


class Repacketizer:
    """Joins short packets into a longer one without touching the sound (RFC 6716 section 3.2)."""

    def __init__(self) -> None:
        self._lib = library()
        self._state = self._lib.opus_repacketizer_create()
        self._packet = ctypes.create_string_buffer(3 * _ENCODED_MAX)

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._lib.opus_repacketizer_destroy(self._state)

    def join(self, packets: Sequence[bytes]) -> bytes | None:
        """One packet with all frames of `packets`; None where their configurations differ (section 3.1)."""
        self._lib.opus_repacketizer_init(self._state)
        for packet in packets:
            code = self._lib.opus_repacketizer_cat(self._state, packet, len(packet))
            if code == _INVALID_PACKET:
                return None
            _check(code)
        size = self._lib.opus_repacketizer_out(self._state, self._packet, len(self._packet))
        return self._packet.raw[: _check(size)]


def packet_samples(packet: bytes) -> int:
    """How long a packet plays, in samples at 48 kHz. Raises OpusError for what is no Opus packet."""
    if not packet:
        raise OpusError("an empty packet")
    samples = _check(library().opus_packet_get_nb_samples(packet, len(packet), SAMPLE_RATE))
    if not samples:
        raise OpusError("a packet without frames")
    return samples


def is_whole(packet: bytes) -> bool:
    """Whether decoders take it: its frames are all there, and none is too long (RFC 6716 section 3.4)."""
    sizes = (ctypes.c_int16 * _FRAMES_MAX)()
    return library().opus_packet_parse(packet, len(packet), None, None, sizes, None) > 0


def has_fec(packet: bytes) -> bool:
    """Whether a packet carries the one before it once more (RFC 6716 sections 2.1.7 and 4.2.4); False for garbage."""
    # CELT has no such thing, and the SILK flags of frames beyond 20 ms are one per 20 ms.
    if not packet or packet[0] & 0x80:
        return False
    sizes, offset = (ctypes.c_int16 * _FRAMES_MAX)(), ctypes.c_int()
    if library().opus_packet_parse(packet, len(packet), None, None, sizes, ctypes.byref(offset)) < 1 or not sizes[0]:
        return False
    frames = {2: 2, 3: 3}.get(packet[0] >> 3 & 3, 1) if packet[0] < 0x60 else 1
    channels = 2 if packet[0] & 4 else 1
    flags = packet[offset.value]
    return any(flags >> 8 - channel * (frames + 1) & 1 for channel in range(1, channels + 1))


@cache
def library() -> ctypes.CDLL:
    """libopus, loaded once. Raises MissingLibrary."""
    bundled = sorted(Path(av.__file__).parent.parent.glob("av.libs/libopus-*.so*"))
    found = str(bundled[0]) if bundled else ctypes.util.find_library("opus")
    if found is None:
        raise MissingLibrary("The relay needs libopus, which comes with PyAV's wheels: apt-get install libopus0")
    try:
        lib = ctypes.CDLL(found)
    except OSError as error:
        raise MissingLibrary(f"libopus cannot be loaded ({error}): apt-get install libopus0") from error
    pointer, integer = ctypes.c_void_p, ctypes.c_int
    for name, result, arguments in (
        ("opus_encoder_get_size", integer, [integer]),
        ("opus_encoder_create", pointer, [integer, integer, integer, pointer]),
        ("opus_encoder_destroy", None, [pointer]),
        ("opus_encode_float", integer, [pointer, pointer, integer, ctypes.c_char_p, integer]),
        ("opus_decoder_create", pointer, [integer, integer, pointer]),
        ("opus_decoder_destroy", None, [pointer]),
        ("opus_decode_float", integer, [pointer, ctypes.c_char_p, integer, pointer, integer, integer]),
        ("opus_repacketizer_create", pointer, []),
        ("opus_repacketizer_destroy", None, [pointer]),
        ("opus_repacketizer_init", pointer, [pointer]),
        ("opus_repacketizer_cat", integer, [pointer, ctypes.c_char_p, integer]),
        ("opus_repacketizer_out", integer, [pointer, ctypes.c_char_p, integer]),
        ("opus_packet_get_nb_samples", integer, [ctypes.c_char_p, integer, integer]),
        (
            "opus_packet_parse",
            integer,
            [ctypes.c_char_p, ctypes.c_int32, pointer, pointer, pointer, pointer],
        ),
        ("opus_strerror", ctypes.c_char_p, [integer]),
    ):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    # Variadic in C, so only the fixed arguments are declared.
    lib.opus_encoder_ctl.argtypes = lib.opus_decoder_ctl.argtypes = [pointer, integer]
    return lib


def _check(code: int) -> int:
    if code < 0:
        raise OpusError(library().opus_strerror(code).decode())
    return code
