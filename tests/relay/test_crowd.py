"""Thirteen people talking at once, through a relay and real connections."""

import numpy as np

from rooms.relay.levels import Selector
from rooms.relay.levels import level as dbov
from rooms.relay.mixer import Mixer
from rooms.relay.opus import FRAME_SAMPLES, SAMPLE_RATE, Encoder
from rooms.relay.uplink import Uplink
from tests.relay.road import packet
from tests.support.ears import eventually, level, tone
from tests.support.sound import babble

NAMES = [f"speaker {number}" for number in range(13)]
FREQUENCIES = {name: 220 + 60 * number for number, name in enumerate(NAMES)}
MINUS_SIX_DBFS = 10 ** (-6 / 20) * np.sqrt(2)


def is_clean(sound: np.ndarray) -> bool:
    """Loud, unclipped, and nothing far above the highest tone, where clipping, wrapping and steps would be."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    far_above = spectrum[4000 * len(sound) // SAMPLE_RATE :].max()
    return 0.4 < np.abs(sound).max() < 1.0 and far_above < 0.01 * spectrum.max()


async def test_thirteen_voices_at_minus_six_are_loud_and_clean_and_nobody_hears_themselves(stage):
    csrcs = {stage.seat(name): name for name in NAMES}
    for name in NAMES:
        await stage.speak(name, tone(FREQUENCIES[name], MINUS_SIX_DBFS))
    lou = await stage.listen("lou")
    await eventually(lambda: is_clean(lou.sound))
    await eventually(lambda: len(lou.csrcs) == Selector.PLACES)
    loud = csrcs[lou.packets[-1].csrc[0]]
    own = await stage.listen(loud)
    # A second of sound, all of it from after the beginning.
    await own.frames(60)
    await eventually(lambda: own.csrcs <= csrcs.keys() - {stage.seats[loud].csrc} and len(own.csrcs) == 4)
    others = [name for name in NAMES if stage.seats[name].csrc in own.csrcs]
    # So many tones at once leave a trace of the codec's noise at -45 or so wherever there is none.
    await eventually(
        lambda: all(level(own.sound, FREQUENCIES[name]) > level(own.sound, FREQUENCIES[loud]) + 20 for name in others)
    )


class Clients:
    """Microphones whose packets come on time and say their own level; `listen` is one tick of a room."""

    def __init__(self, sounds: dict[str, np.ndarray], claims: dict[str, int]) -> None:
        self.now = 1000.0
        self.frames = {name: sound.reshape(-1, FRAME_SAMPLES) for name, sound in sounds.items()}
        self.encoders = {name: Encoder() for name in sounds}
        self.uplinks = {name: Uplink(clock=lambda: self.now) for name in sounds}
        for uplink in self.uplinks.values():
            uplink.set_open(True)
        self.claims, self.mixer, self.csrcs = claims, Mixer(), {name: number for number, name in enumerate(sounds)}

    def listen(self, tick: int) -> set[str]:
        """Returns the names of those that were decoded and mixed."""
        self.now += 0.02
        for name, uplink in self.uplinks.items():
            frame = self.frames[name][tick]
            claim = self.claims.get(name, min(127, round(-dbov(frame))))
            uplink.receive(packet(tick, self.encoders[name].encode(frame), level=claim), self.now)
        chosen = self.mixer.choose({name: uplink.due() for name, uplink in self.uplinks.items()})
        samples = {name: uplink.take(name in chosen) for name, uplink in self.uplinks.items()}
        self.mixer.tick(samples, self.csrcs, [])
        return chosen


def test_who_says_it_shouts_and_sends_silence_takes_nobodys_place():
    talkers = {f"talker {number}": babble(number, 4, -20) for number in range(5)}
    clients = Clients(talkers | {"liar": np.zeros(4 * SAMPLE_RATE, np.float32)}, claims={"liar": 0})
    chosen = [clients.listen(tick) for tick in range(200)]
    assert any("liar" in names for names in chosen[:25])
    assert not any("liar" in names and len(names) == Selector.PLACES for names in chosen[50:])


def test_of_thirteen_who_all_talk_only_a_few_cost_decoding():
    clients = Clients({name: babble(number, 3, -20) for number, name in enumerate(NAMES)}, claims={})
    chosen = [clients.listen(tick) for tick in range(150)]
    assert all(len(names) <= Selector.PLACES for names in chosen)
    played = sum(uplink.played for uplink in clients.uplinks.values()) / FRAME_SAMPLES
    # Whoever comes in is primed with a packet or two.
    assert played < 150 * Selector.PLACES * 1.3
