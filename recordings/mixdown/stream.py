"""One microphone's packets into samples, in order, with one decoder: what is a quiet room stays silent, undecoded.

Used by track.py. Thread-bound as the decoder is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recordings.mixdown import speech
from rooms.relay.opus import DTX_BYTES, Decoder, has_fec

# A packet without voice is looked into this often, and its neighbours with it when it is no quiet room (power).
LISTEN_IN = 25
QUIET = 10 ** (-52 / 10)
# Packets that a decoder is fed before its sound is heard again: it predicts from what it decoded last.
WARM = 3
# 10 ms in which what is heard begins and stops.
FADE = np.linspace(0, 1, 480, dtype=np.float32)


@dataclass
class Count:
    """Packets there were, and packets that had to be decoded."""

    all: int = 0
    decoded: int = 0


class Stream:
    """From the packets of segments that follow each other; `reset` where they do not."""

    def __init__(self, count: Count) -> None:
        self._decoder, self._probe = Decoder(), Decoder()
        self._count = count
        self.reset()

    def reset(self) -> None:
        self._latest: list[bytes] = []
        self._since = speech.AFTER + 1
        self._is_decoding = False
        self._decoder.reset()

    def decode(self, packets: Sequence[bytes], following: Sequence[bytes] = ()) -> np.ndarray:
        """Their samples, float32. `following` are the first of the packets to come, if they follow without a hole."""
        lengths = [speech.length(packet) for packet in packets]
        starts = [0, *np.cumsum(lengths).tolist()]
        samples = np.zeros(starts[-1], np.float32)
        ahead = [speech.may_be_voice(packet) for packet in following[: speech.BEFORE]]
        voice = [speech.may_be_voice(packet) for packet in packets]
        heard, self._since = speech.near_voice(voice, ahead, self._since)
        self._listen_in(packets, heard)
        self._count.all += len(packets)
        before, earlier = len(self._latest), [*self._latest, *packets]
        for first, last in speech.runs(heard):
            self._run(earlier, first + before, last + before, samples, starts[first : last + 1])
            if last < len(packets):
                self._stop(samples, starts[last])
        self._is_decoding = bool(len(heard)) and bool(heard[-1])
        self._latest = earlier[-WARM:]
        return np.clip(samples, -1, 1, out=samples)

    def _listen_in(self, packets: Sequence[bytes], heard: np.ndarray) -> None:
        """Adds to `heard` what is no voice and no quiet room either."""
        for first, last in speech.runs(~heard):
            for start in range(first, last, LISTEN_IN):
                end = min(last, start + LISTEN_IN)
                sounding = [packet for packet in packets[start:end] if len(packet) > DTX_BYTES][:WARM]
                heard[start:end] = bool(sounding) and not self._is_quiet(sounding)

    def _is_quiet(self, packets: Sequence[bytes]) -> bool:
        self._probe.reset()
        self._count.decoded += len(packets)
        samples = np.zeros(speech.length(packets[-1]), np.float32)
        for packet in packets:
            room = np.zeros(speech.length(packet), np.float32)
            if self._probe.decode_at(packet, room.ctypes.data, len(room)):
                samples = room
        return float(np.dot(samples, samples)) <= QUIET * len(samples)

    def _run(self, packets: Sequence[bytes], first: int, last: int, samples: np.ndarray, starts: Sequence[int]) -> None:
        """Decodes packets[first:last] to where they belong; `starts` has one more."""
        is_new = not (self._is_decoding and first == len(self._latest))
        decode, base = self._decoder.decode_at, samples.ctypes.data
        if is_new:
            self._decoder.reset()
            unheard = np.zeros(5760, np.float32)
            for packet in packets[max(0, first - WARM) : first]:
                decode(packet, unheard.ctypes.data, len(unheard))
        missing = 0
        for index in range(first, last):
            packet, start = packets[index], starts[index - first]
            room = starts[index - first + 1] - start
            if not room:
                continue
            missing = missing + 1 if len(packet) <= DTX_BYTES else 0
            if missing > speech.CONCEALED:
                continue
            if missing and index + 1 < len(packets) and has_fec(packets[index + 1]):
                decode(packets[index + 1], base + 4 * start, room, 1)
            elif not decode(packet, base + 4 * start, room):
                decode(None, base + 4 * start, room)
        self._count.decoded += last - first
        if is_new:
            head = samples[starts[0] : starts[0] + len(FADE)]
            head *= FADE[: len(head)]

    @staticmethod
    def _stop(samples: np.ndarray, end: int) -> None:
        tail = samples[max(0, end - len(FADE)) : end]
        tail *= FADE[::-1][len(FADE) - len(tail) :]
