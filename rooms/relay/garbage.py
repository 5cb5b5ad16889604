"""When Python looks through all objects for circles that nothing else holds (gc). That is a pause in everybody's sound.

Used by runrelay. One listener is some 300 objects, and 2,000 of them take 0.3 s to look through. Closed sessions undo
their own circles (aiortc_insides.py), so that little is ever found.
"""

import asyncio
import gc
from collections.abc import Callable

# Looks at what is a little older, per look at everything: Python's own 10 are some 200 sessions, these some 20,000, or
# about a day. What leaks may not grow for ever on a relay that is never empty.
FULL_LOOK_EVERY = 1000
IDLE_CHECK_SECONDS = 1.0


def spare_the_sound() -> None:
    """For this process, from now on. What is there already is left out for good."""
    gc.collect()
    gc.freeze()
    young, older, _ = gc.get_threshold()
    gc.set_threshold(young, older, FULL_LOOK_EVERY)


async def look_when_idle(in_use: Callable[[], bool]) -> None:
    """Looks through everything each time that the last one has left, until it is cancelled."""
    was_in_use = False
    while True:
        await asyncio.sleep(IDLE_CHECK_SECONDS)
        if in_use():
            was_in_use = True
        elif was_in_use:
            was_in_use = False
            gc.collect()
