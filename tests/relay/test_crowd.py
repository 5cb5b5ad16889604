"""Thirteen people talking at once, through a relay and real connections."""

import numpy as np

from rooms.relay.levels import Selector
from rooms.relay.opus import SAMPLE_RATE
from tests.support.ears import eventually, level, tone

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
    await eventually(lambda: level(own.sound, FREQUENCIES[loud]) < -50)
    others = [level(own.sound, FREQUENCIES[name]) for name in NAMES if name != loud]
    assert max(others) > -25
