"""Who talks when, and who holds the floor: from the level of every microphone in every 20 ms.

Used by mix.py, and by redact.py for what is left. Pure. A level is what it is below full scale (0..127, as -dBov).
"""

from collections.abc import Sequence

import numpy as np

SILENT = 127
FRAME_MS = 20
# Quieter is a quiet room, louder is sound whatever it is (-dBov); between them what stands out of the room's own noise.
FAINT, LOUD, ABOVE_NOISE = 55, 42, 9
# A pause for breath does not end a voice, and less than this is no voice but a click (frames).
PAUSE, CLICK = 30, 4
# Who talked most in these ten seconds, for at least four of them, holds the floor.
FLOOR_SECONDS, FLOOR_LEAST, FLOOR_SHARE = 10, 4.0, 0.6
CHAPTER_SECONDS = 20

Voice = tuple[str, int, int]


def levels(samples: np.ndarray) -> np.ndarray:
    """Of whole frames of 20 ms."""
    frames = samples.reshape(-1, 48 * FRAME_MS)
    power = np.einsum("ij,ij->i", frames, frames) / frames.shape[1]
    decibels = 10 * np.log10(np.maximum(power, 10 ** (-SILENT / 10)))
    return np.clip(-decibels.round(), 0, SILENT).astype(np.uint8)


def talking(loudness: np.ndarray) -> list[tuple[int, int]]:
    """[from, to) in frames, of one microphone's levels."""
    sounding = loudness[loudness < SILENT]
    if not len(sounding):
        return []
    # Nine tenths of what is to be heard are louder than the room.
    noise = np.percentile(sounding, 90)
    most = min(FAINT, max(LOUD, noise - ABOVE_NOISE))
    edges = np.flatnonzero(np.diff((loudness <= most).astype(np.int8), prepend=0, append=0))
    joined: list[list[int]] = []
    for since, until in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if joined and since - joined[-1][1] <= PAUSE:
            joined[-1][1] = until
        else:
            joined.append([since, until])
    return [(since, until) for since, until in joined if np.count_nonzero(loudness[since:until] <= most) >= CLICK]


def chapters(voices: Sequence[Voice], duration_ms: int) -> list[dict]:
    """Where somebody holds the floor after somebody else did; not every word that is thrown in."""
    seconds = -(-duration_ms // 1000)
    names = list(dict.fromkeys(name for name, _, _ in voices))
    floor = _floor(voices, names, seconds)
    found: list[dict] = []
    earliest = 0
    for second in range(seconds):
        most = int(np.argmax(floor[:, second])) if names else 0
        if not names or not floor[most, second] or second < earliest:
            continue
        if found and found[-1]["participant"] == names[most]:
            continue
        at_ms = _begins(voices, names[most], second * 1000) if found else 0
        if found and at_ms < found[-1]["at_ms"] + CHAPTER_SECONDS * 1000:
            continue
        found.append({"at_ms": at_ms, "participant": names[most]})
        earliest = at_ms // 1000 + CHAPTER_SECONDS
    return found


def _floor(voices: Sequence[Voice], names: list[str], seconds: int) -> np.ndarray:
    """Seconds talked in the time from each second on by whoever holds the floor then, 0 for all others."""
    talked = np.zeros((len(names), seconds + FLOOR_SECONDS))
    for name, since, until in voices:
        row = talked[names.index(name)]
        for second in range(since // 1000, -(-until // 1000)):
            row[second] += (min(until, second * 1000 + 1000) - max(since, second * 1000)) / 1000
    sums = np.cumsum(np.pad(talked, ((0, 0), (1, 0))), axis=1)
    ahead = (sums[:, FLOOR_SECONDS:] - sums[:, :-FLOOR_SECONDS])[:, :seconds]
    holds = (ahead >= FLOOR_LEAST) & (ahead >= FLOOR_SHARE * ahead.sum(axis=0)) & (talked[:, :seconds] > 0)
    return ahead * holds


def _begins(voices: Sequence[Voice], name: str, about_ms: int) -> int:
    """The beginning of a voice nearest to where it takes the floor."""
    return min((since for who, since, _ in voices if who == name), key=lambda since: abs(since - about_ms))


def without(voices: Sequence[Voice], silence_ms: Sequence[tuple[int, int]]) -> list[Voice]:
    """What is left of them where parts have been silenced."""
    left = list(voices)
    for since, until in silence_ms:
        cut = []
        for who, start, end in left:
            cut += [(who, start, min(end, since))] if start < since else []
            cut += [(who, max(start, until), end)] if end > until else []
        left = cut
    return left
