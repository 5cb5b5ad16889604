"""Whether the storage of copies is the one that rows speak of. A disk that is not mounted looks like an empty one: what
is purged then stays on it, what is swept then is forgotten, and what is kept then lies below it.

So a mark lies in the storage since something was first kept in it.
"""

import logging
import time
from weakref import WeakKeyDictionary

from recordings import selectors, storing
from recordings.alarms import alarm

log = logging.getLogger(__name__)

# Whoever keeps segments believes for so long that the storage is still there.
BELIEVED_SECONDS = 60
# So many files of each kind are looked for in a storage without a mark.
SAMPLE = 20

_seen: WeakKeyDictionary = WeakKeyDictionary()


def must_be_there() -> None:
    """For whoever destroys or forgets something. Raises storing.NotThere, and what storage raises."""
    if not storing.is_marked() and selectors.is_anything_stored():
        _recognise()


def ready() -> None:
    """For whoever keeps something. Marks a storage in which nothing ever was. Raises as `must_be_there`."""
    must_be_there()
    if not storing.is_marked():
        storing.mark()


def believed() -> None:
    """As `ready`, for whoever asks all the time."""
    storage, now = storing.storage(), time.monotonic()
    if not 0 <= now - _seen.get(storage, -BELIEVED_SECONDS) < BELIEVED_SECONDS:
        ready()
        _seen[storage] = now


def is_there() -> bool:
    """For whoever can wait."""
    try:
        must_be_there()
    except OSError as error:
        alarm("storage_away", "what is kept cannot be worked with: %s", error)
        return False
    return True


def _recognise() -> None:
    """By what lies in it: it was used before there were marks."""
    names = selectors.stored_first(SAMPLE)
    if 2 * sum(storing.storage().exists(name) for name in names) <= len(names):
        raise storing.NotThere
    storing.mark()
    log.warning("the storage of copies had no mark and has one now: most of what should lie in it does")
