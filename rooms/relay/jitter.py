"""A jitter buffer: RTP packets in any order and at any time in, the pieces of a stream in order out.

Filled by uplink.py; emptied by playout.py, which decodes the pieces and says when 20 ms have passed. It has no clock:
seconds are handed in.
Positions and lengths are in samples at 48 kHz; `target` and delays in seconds.
"""

from collections import deque
from dataclasses import dataclass

from rooms.relay.opus import DTX_BYTES, FRAME_SAMPLES, PACKET_SAMPLES_MAX, SAMPLE_RATE

PACKETS_MAX = 64
# A jump beyond this, in sequence numbers or in seconds between timestamp and arrival, is a new stream and not loss.
SEQUENCE_JUMP = 64
SECONDS_JUMP = 1.0
TARGET_MIN, TARGET_START, TARGET_MAX = 0.02, 0.04, 0.2
# Senders that derive timestamps from another clock are off by a few samples.
ROUNDING = 120
# A hole of longer packets than this is a pause in which keep-alive frames were lost.
PACKET_SAMPLES_USUAL_MAX = 3 * FRAME_SAMPLES

BUCKET_SECONDS = 0.2
BUCKETS = 9
BASE_SECONDS = 2.0
# Loss stays in mind this long: FEC needs the packet behind the lost one, which comes one packet later.
LOSS_SECONDS, FEC_MARGIN = 2.0, 0.002


@dataclass(slots=True)
class Packet:
    """`sequence` and `timestamp` go on counting where RTP's wrap; `level` is in dBov, None when unsaid."""

    sequence: int
    timestamp: int
    samples: int
    payload: bytes
    level: float | None

    @property
    def is_silent(self) -> bool:
        return len(self.payload) <= DTX_BYTES


@dataclass(slots=True)
class Hole:
    """A packet that did not come in time; `following` is the one behind it, when that is here and may carry FEC."""

    samples: int
    following: Packet | None = None


@dataclass(slots=True)
class Pause:
    """Nothing was sent for so long (RFC 7587 section 3.1.3)."""

    samples: int


class Arrivals:
    """How late packets come, from their timestamps: `base` is the transit of the fastest, `spread` of nearly all.

    The spread is the second worst among the worst of each 200 ms, so that one late packet, which FEC or concealment
    mends, does not delay all that follow; what is older than two seconds is forgotten, and of the fastest what is
    older than twice `base_seconds`.
    """

    def __init__(self, base_seconds: float = BASE_SECONDS) -> None:
        self._base_seconds = base_seconds
        self._recent_base = self._older_base = float("inf")
        self._base_since = self._bucket_since = 0.0
        self._worst = 0.0
        self._buckets: deque[float] = deque(maxlen=BUCKETS)
        self.base = float("inf")
        self.spread = 0.0

    def lateness(self, timestamp: int, arrived: float) -> float:
        """Seconds behind the fastest packet; negative for a new fastest one."""
        return arrived - timestamp / SAMPLE_RATE - self.base

    def add(self, timestamp: int, arrived: float) -> None:
        transit = arrived - timestamp / SAMPLE_RATE
        if arrived - self._base_since > self._base_seconds:
            self._older_base, self._recent_base, self._base_since = self._recent_base, transit, arrived
        self._recent_base = min(self._recent_base, transit)
        self.base = min(self._recent_base, self._older_base)
        late = transit - self.base
        if arrived - self._bucket_since > BUCKET_SECONDS:
            self._buckets.append(self._worst)
            self._worst, self._bucket_since = late, arrived
        elif late <= self._worst:
            return
        self._worst = late
        self.spread = sorted((*self._buckets, late), reverse=True)[1] if self._buckets else late


class Stream:
    """What tells one stream from the next: `highest` is the packet with the highest number so far."""

    def __init__(self, base_seconds: float = BASE_SECONDS) -> None:
        self.arrivals = Arrivals(base_seconds)
        self.highest: Packet | None = None

    def unwrap(self, sequence: int, timestamp: int) -> tuple[int, int]:
        """RTP's 16 and 32 bits as numbers that go on, next to the highest so far."""
        if self.highest is None:
            return sequence, timestamp
        ahead = ((sequence - self.highest.sequence + 0x8000) & 0xFFFF) - 0x8000
        later = ((timestamp - self.highest.timestamp + 0x80000000) & 0xFFFFFFFF) - 0x80000000
        return self.highest.sequence + ahead, self.highest.timestamp + later

    def is_another_stream(self, sequence: int, timestamp: int, arrived: float) -> bool:
        """A jump in unwrapped numbers that no loss or delay explains: the sender began anew, and so must we."""
        if self.highest is None:
            return False
        ahead, later = sequence - self.highest.sequence, timestamp - self.highest.timestamp
        if ahead < 0:
            # Old packets may come very late, and are as far behind in time as in number.
            return ahead < -SEQUENCE_JUMP and not ahead * PACKET_SAMPLES_MAX <= later < 0
        return ahead > SEQUENCE_JUMP or abs(self.arrivals.lateness(timestamp, arrived)) > SECONDS_JUMP


class JitterBuffer(Stream):
    """`put` packets; once `begin` says so, `pop` what comes next: all up to timestamp `position` was."""

    def __init__(self) -> None:
        self.lost = self.late = self.discarded = 0
        # At least this much delay, so that packets asked for again can come in time (nack.py).
        self.wanted_delay = 0.0
        self.reset()

    def reset(self) -> None:
        """Forgets the stream; counters go on."""
        super().__init__()
        self.position = 0
        self.playing = False
        self._packets: dict[int, Packet] = {}
        # Every sequence number of late, by its last seven bits.
        self._seen: list[int | None] = [None] * (2 * PACKETS_MAX)
        self._next = 0
        # Samples since the last packet that were waited through, unless in a pause.
        self._waited = 0
        self._paused = False
        self._first_at = 0.0
        self._lost_at = -LOSS_SECONDS

    def __len__(self) -> int:
        return len(self._packets)

    def put(self, packet: Packet, arrived: float, is_repeat: bool = False) -> bool:
        """Keeps a packet for its turn; False for one that is too late or here already.

        `is_repeat`: sent again on request, which says nothing about the network's jitter.
        """
        if self.highest is None:
            self._first_at, self._next = arrived, packet.sequence
        slot = packet.sequence % len(self._seen)
        if self._seen[slot] == packet.sequence:
            self.discarded += 1
            return False
        self._seen[slot] = packet.sequence
        if not is_repeat:
            self.arrivals.add(packet.timestamp, arrived)
        if packet.sequence < self._next:
            if self.playing:
                self.late += 1
                return False
            self._next = packet.sequence
        self._packets[packet.sequence] = packet
        if self.highest is None or packet.sequence > self.highest.sequence:
            self.highest = packet
        if len(self._packets) > PACKETS_MAX:
            self._drop(min(self._packets))
            # What is dropped is not waited for either.
            self.position = max(self.position, self._packets[min(self._packets)].timestamp)
        return True

    def begin(self, now: float) -> bool:
        """Whether playing has begun: the first packet has waited long enough."""
        if not self.playing and self._packets and now - self._first_at >= max(TARGET_START, self.target(now)):
            self._next = min(self._packets)
            self.position, self.playing = self._packets[self._next].timestamp, True
        return self.playing

    def target(self, now: float) -> float:
        """The delay (s) at which nearly all packets are in time."""
        spread = self.arrivals.spread
        if now - self._lost_at < LOSS_SECONDS and self.highest is not None:
            spread += self.highest.samples / SAMPLE_RATE + FEC_MARGIN
        return min(max(TARGET_MIN, spread, self.wanted_delay), TARGET_MAX)

    def slack(self, now: float) -> float:
        """Seconds by which the fastest packet comes before `position` reaches it."""
        return now - self.arrivals.base - self.position / SAMPLE_RATE

    @property
    def buffered(self) -> int:
        """Samples from `position` to the end of the newest packet."""
        return self.highest.timestamp + self.highest.samples - self.position if self._packets else 0

    def peek(self) -> Packet | None:
        """The next packet, or the one behind a hole; None when nothing is here."""
        packet = self._packets.get(self._next)
        return packet or (self._packets[min(self._packets)] if self._packets else None)

    def due(self, samples: int) -> Packet | None:
        """The packet that will be heard in the next so many samples, if any; behind a hole, for that."""
        packet = self.peek()
        if packet is None:
            return None
        gap = packet.timestamp - self.position
        return packet if gap - (packet.sequence - self._next) * PACKET_SAMPLES_USUAL_MAX < samples else None

    @property
    def has_next(self) -> bool:
        """The very next packet is here, with no hole or pause before it."""
        packet = self._packets.get(self._next)
        return packet is not None and packet.timestamp - self.position <= ROUNDING

    def pop(self, now: float) -> Packet | Hole | Pause | None:
        """The piece at `position`, which moves on by its samples. None: nothing is here, see `wait`."""
        packet = self.peek()
        if packet is None:
            return None
        missing, gap = packet.sequence - self._next, packet.timestamp - self.position
        if missing and gap > 0 and self._waited:
            # Some of them were waited for already.
            covered = round(missing * self._waited / (gap + self._waited))
            self.lost, self._next, missing = self.lost + covered, self._next + covered, missing - covered
            self._waited = 0
        if missing:
            self._lost_at = now
            if gap > missing * PACKET_SAMPLES_USUAL_MAX or gap <= missing * ROUNDING:
                # Lost within a pause, or covered while waiting.
                self.lost += missing
                self._next = packet.sequence
            else:
                return self._pop_hole(packet, missing, gap)
        if gap > ROUNDING:
            self._paused = True
            return self._move(Pause(min(gap, FRAME_SAMPLES)))
        # Behind `position` it comes after a wait, and is played all the same: delay grows by the wait.
        del self._packets[self._next]
        self._next += 1
        self.position, self._waited, self._paused = packet.timestamp, 0, packet.is_silent
        return self._move(packet)

    def wait(self) -> int:
        """Lets 20 ms pass in which nothing came; samples waited since the last packet, 0 in a pause."""
        self.position += FRAME_SAMPLES
        self._waited += 0 if self._paused else FRAME_SAMPLES
        return self._waited

    def was_pause(self) -> bool:
        """After a wait: what comes next follows the last packet directly and is not late, so nothing was missed."""
        packet = self._packets.get(self._next)
        return self._waited > 0 and packet is not None and packet.timestamp >= self.position

    def skip(self, samples: int) -> None:
        """Drops what is due in the next so many samples."""
        self.position += samples
        while self._packets and (oldest := self._packets[min(self._packets)]).timestamp < self.position:
            self._drop(oldest.sequence)

    def seconds_left(self, sequence: int, now: float) -> float:
        """Until the turn of a packet that is not here."""
        behind = (self.highest.sequence - sequence) * self.highest.samples
        due = (self.highest.timestamp - behind - self.position) / SAMPLE_RATE
        return due if self.playing else due + self.target(now)

    def _pop_hole(self, packet: Packet, missing: int, gap: int) -> Hole:
        self.lost += 1
        self._next += 1
        self._paused = False
        if missing > 1:
            return self._move(Hole(gap // missing))
        return self._move(Hole(gap, packet) if gap <= packet.samples + ROUNDING else Hole(FRAME_SAMPLES))

    def _move(self, piece):
        self.position += piece.samples
        return piece

    def _drop(self, sequence: int) -> None:
        del self._packets[sequence]
        self.lost += max(0, sequence - self._next)
        self._next = max(self._next, sequence + 1)
        self.discarded += 1
