"""A road that packets take to an Uplink in simulated time: what is lost, how long each takes, what comes out."""

import random
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from aiortc.rtp import RtpPacket

from rooms.relay.opus import FRAME_SAMPLES, SAMPLE_RATE
from rooms.relay.uplink import Uplink

TICK = FRAME_SAMPLES / SAMPLE_RATE


def packet(number: int, payload: bytes, samples: int = FRAME_SAMPLES, level: int | None = None) -> RtpPacket:
    """The `number`-th of a stream whose sequence numbers and timestamps wrap in its first second."""
    made = RtpPacket(
        payload_type=96,
        sequence_number=(65_520 + number) & 0xFFFF,
        timestamp=(2**32 - 9_600 + number * samples) & 0xFFFFFFFF,
    )
    made.payload = payload
    if level is not None:
        made.extensions.audio_level = (True, level)
    return made


class Road:
    """`send` packets, then `travel`: arrivals and ticks in the order of their times, in seconds from 1000.

    `frames` are what each tick gave, `delays` the uplink's delay at each tick.
    """

    def __init__(self, seed: int = 1, round_trip: float | None = None) -> None:
        self.now = 1000.0
        self.random = random.Random(seed)
        self.uplink = Uplink(clock=lambda: self.now)
        self.uplink.set_open(True)
        self.frames: list[np.ndarray | None] = []
        self.delays: list[float] = []
        self.asked: list[int] = []
        self._round_trip = round_trip
        self.uplink.can_ask = round_trip is not None
        self._arrivals: list[tuple[float, RtpPacket]] = []
        self._sent: dict[int, RtpPacket] = {}
        self._next_tick = 1000.007

    def send(
        self,
        packets: Iterable[RtpPacket],
        every: float = TICK,
        start: float = 0.0,
        delay: Callable[[int], float] = lambda number: 0.0,
        is_lost: Callable[[int], bool] = lambda number: False,
    ) -> None:
        """Each packet leaves `every` seconds; `delay(n)` is how long (s) the n-th takes."""
        for number, each in enumerate(packets):
            self._sent[each.sequence_number] = each
            if not is_lost(number):
                self._arrivals.append((1000.0 + start + number * every + delay(number), each))

    def travel(self, seconds: float, wanted: Callable[[int], bool] = lambda tick: True) -> "Road":
        for _ in range(round(seconds / TICK)):
            for arrived, each in self._due():
                self.now = arrived
                self.uplink.receive(each, arrived)
                self._ask(arrived)
            self.now = self._next_tick
            self._next_tick += TICK
            self.uplink.due()
            self.frames.append(self.uplink.take(wanted(len(self.frames))))
            self.delays.append(self.uplink.delay)
        return self

    def sound(self, start: int = 0, end: int | None = None) -> np.ndarray:
        """The samples of ticks `start` to `end`, zeros where there were none."""
        silence = np.zeros(FRAME_SAMPLES, np.float32)
        return np.concatenate([silence if frame is None else frame for frame in self.frames[start:end]])

    @property
    def concealed(self) -> float:
        """The share of what was played that was made up."""
        return self.uplink.concealed / max(1, self.uplink.played)

    def _due(self) -> Iterator[tuple[float, RtpPacket]]:
        while True:
            due = [each for each in self._arrivals if each[0] <= self._next_tick]
            if not due:
                return
            first = min(due, key=lambda each: each[0])
            self._arrivals.remove(first)
            yield first

    def _ask(self, now: float) -> None:
        for sequence in self.uplink.missing(now):
            self.asked.append(sequence)
            self._arrivals.append((now + self._round_trip, self._sent[sequence]))


def bursts(seed: int, share: float, length: float = 3.0) -> Callable[[int], bool]:
    """Gilbert's model: `share` of packets lost, in rows of `length` on average."""
    chance, state = random.Random(seed), [False]

    def is_lost(number: int) -> bool:
        threshold = 1 / length if state[0] else share / (1 - share) / length
        if chance.random() < threshold:
            state[0] = not state[0]
        return state[0]

    return is_lost


def at_random(seed: int, share: float) -> Callable[[int], bool]:
    chance = random.Random(seed)
    return lambda number: chance.random() < share


def jitter(seed: int, middle: float = 0.04, width: float = 0.02) -> Callable[[int], float]:
    """Uniformly between `middle` - `width` and `middle` + `width`; packets change places."""
    chance = random.Random(seed)
    return lambda number: middle + chance.uniform(-width, width)
