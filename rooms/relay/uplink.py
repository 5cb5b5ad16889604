"""One microphone: RTP packets in, 20 ms of samples out, and the gate between them.

Fed by session.py with parsed packets, read by live_room.py once per tick. The gate is shut unless the Space's seats
open it; a shut gate keeps nothing, so that what was said before it shut is never heard after. No sockets here.
"""

import numpy as np
from aiortc.rtp import RtpPacket

from rooms.relay.opus import FRAME_SAMPLES, Decoder, OpusError

# Packets kept at most; the oldest go first and are counted. 13 x 20 ms is more than any jitter worth waiting for.
PACKETS_MAX = 13
# Packets collected before playing starts or starts again.
PREFETCH = 2
# A buffer that never ran this low (packets) in CALM_TICKS carries delay for nothing, and drops what is beyond.
SPARE = 2
CALM_TICKS = 100
# A jump in sequence numbers beyond this is a new stream, not loss.
JUMP = 64
SAMPLES_MAX = 6 * FRAME_SAMPLES
FADE = np.linspace(1.0, 0.0, FRAME_SAMPLES, dtype=np.float32)


class Uplink:
    """Jitter buffer, decoder and gate of one microphone. `dropped` and `lost` count packets."""

    def __init__(self) -> None:
        self.open = False
        self.dropped = self.lost = 0
        self._packets: dict[int, bytes] = {}
        self._decoder = Decoder()
        self._reset()

    def set_open(self, value: bool) -> None:
        if self.open and not value:
            self._reset()
        self.open = value

    def flush(self) -> None:
        """Forgets what has collected, so that nobody hears old sound late."""
        if self._packets or self._playing:
            self._reset()

    def receive(self, packet: RtpPacket) -> None:
        """Keeps a packet for its turn; forgets it at once while the gate is shut."""
        if not self.open or not packet.payload:
            return
        sequence = packet.sequence_number
        if self._next is not None:
            ahead = _distance(self._next, sequence)
            if abs(ahead) > JUMP:
                self._reset()
            elif ahead < 0:
                self.dropped += 1
                return
        self._packets[sequence] = packet.payload
        while len(self._packets) > PACKETS_MAX:
            oldest = self._oldest()
            del self._packets[oldest]
            self._next = (oldest + 1) & 0xFFFF
            self.dropped += 1

    def take(self) -> np.ndarray | None:
        """960 float32 samples, or None when the gate is shut or nothing is there to play."""
        if not self.open:
            return None
        if not self._playing:
            if len(self._packets) < PREFETCH:
                return None
            self._playing, self._next = True, self._oldest()
        self._shed_delay()
        while len(self._samples) < FRAME_SAMPLES and self._decode_next():
            pass
        if len(self._samples) < FRAME_SAMPLES:
            self._playing = False
            return self._fade()
        frame, self._samples = self._samples[:FRAME_SAMPLES], self._samples[FRAME_SAMPLES:]
        self._last = frame
        return frame

    def _decode_next(self) -> bool:
        """Appends the next packet's samples; a lost one is covered by the fading end of what was heard."""
        payload = self._packets.pop(self._next, None)
        if payload is None and not self._packets:
            return False
        self._next = (self._next + 1) & 0xFFFF
        if payload is None:
            self.lost += 1
            covered = self._fade()
            samples = covered if covered is not None else np.zeros(FRAME_SAMPLES, np.float32)
        else:
            samples = self._decode(payload)
        self._samples = np.concatenate((self._samples, samples))[-SAMPLES_MAX:]
        return True

    def _decode(self, payload: bytes) -> np.ndarray:
        try:
            return self._decoder.decode(payload)
        except OpusError:
            self.lost += 1
            return np.zeros(FRAME_SAMPLES, np.float32)

    def _fade(self) -> np.ndarray | None:
        last, self._last = self._last, None
        return None if last is None else last * FADE

    def _shed_delay(self) -> None:
        self._calm = min(self._calm, len(self._packets))
        self._ticks += 1
        if self._ticks >= CALM_TICKS:
            for _ in range(self._calm - SPARE):
                del self._packets[self._oldest()]
                self._next = self._oldest()
                self.dropped += 1
            self._ticks, self._calm = 0, PACKETS_MAX

    def _oldest(self) -> int:
        some = next(iter(self._packets)) if self._next is None else self._next
        return min(self._packets, key=lambda sequence: _distance(some, sequence))

    def _reset(self) -> None:
        self._packets.clear()
        self._samples = np.zeros(0, np.float32)
        self._last: np.ndarray | None = None
        self._next: int | None = None
        self._playing = False
        self._ticks, self._calm = 0, PACKETS_MAX


def _distance(start: int, end: int) -> int:
    """Steps from one 16-bit sequence number to another, negative for backwards."""
    return ((end - start + 0x8000) & 0xFFFF) - 0x8000
