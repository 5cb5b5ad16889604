"""A replay out of segments, in two passes: all tracks summed into a temporary file, then that file encoded.

Called by __main__.py. All cores work: tracks are decoded beside each other, and so are the files encoded.
"""

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict
from itertools import chain

import numpy as np

from recordings.mixdown import voices
from recordings.mixdown.encode import KINDS, Files
from recordings.mixdown.job import Job
from recordings.mixdown.loudness import Curve
from recordings.mixdown.pcm import Pcm
from recordings.mixdown.result import Progress, decibels, waveform
from recordings.mixdown.timeline import Block, Timeline, crossings
from recordings.mixdown.track import Track
from rooms.relay.levels import Gain
from rooms.relay.opus import FRAME_SAMPLES

# More than there are cores, because some of them wait for the disk.
WORKERS = min(8, 2 * len(os.sched_getaffinity(0)))
# Silence that is left before the first sound and after the last, in frames.
BREATH, FADING = 12, 25
# The first pass' share of the whole.
MIXED = 0.4


class NothingToMix(Exception):
    """`why` is "nobody" or "silence"; `facts` belong into the result."""

    def __init__(self, why: str, facts: dict) -> None:
        super().__init__(why)
        self.why, self.facts = why, facts


class Lane:
    """One track on its way into the mix: its sound, its gain, its levels."""

    def __init__(self, participant: str, track: Track) -> None:
        self.participant, self.track = participant, track
        self.levels: list[np.ndarray] = []
        self._gain = Gain()

    def read(self, block: Block) -> np.ndarray | None:
        """Its part of the sum."""
        samples = self.track.read(block.wall, block.samples)
        if samples is None:
            self.levels.append(np.full(block.samples // FRAME_SAMPLES, voices.SILENT, np.uint8))
            return None
        levels = voices.levels(samples)
        self.levels.append(levels)
        return self._levelled(samples, levels)

    def _levelled(self, samples: np.ndarray, levels: np.ndarray) -> np.ndarray:
        """As loud as it was in the Space, where the mixer has the same gains."""
        decibels = [self._gain.db]
        for loudness in (-levels.astype(float)).tolist():
            self._gain.follow(loudness)
            decibels.append(self._gain.db)
        if not any(decibels):
            return samples
        nodes = (10 ** (np.array(decibels) / 20)).astype(np.float32)
        gains = nodes[:-1, None] + np.diff(nodes)[:, None] * Gain.RAMP
        return (samples.reshape(-1, FRAME_SAMPLES) * gains).ravel()


def mix(job: Job, files: Files, pcm: Pcm) -> dict:
    """Writes what the job asks for, aside. Raises NothingToMix."""
    began = time.monotonic()
    if not job.periods_us or not any(crossings(track.spans_us, job.periods_us) for track in job.tracks):
        raise NothingToMix("nobody", {})
    timeline = Timeline(job.periods_us)
    progress = Progress()
    progress.begin(MIXED, timeline.samples)
    with ThreadPoolExecutor(WORKERS) as pool:
        lanes = [Lane(track.participant, _track(job, timeline, number)) for number, track in enumerate(job.tracks)]
        _sum(pool, lanes, timeline, pcm, progress)
        mixed = time.monotonic()
        facts = _facts(lanes)
        talks = {lane.participant: voices.talking(np.concatenate(lane.levels)) for lane in lanes}
        spoken = [talk for each in talks.values() for talk in each]
        if not spoken:
            raise NothingToMix("silence", facts)
        lead = max(0, min(since for since, _ in spoken) - BREATH) * FRAME_SAMPLES
        end = min(timeline.samples, (max(until for _, until in spoken) + FADING) * FRAME_SAMPLES)
        curve = Curve(*(part[lead // 240 : end // 240] for part in (pcm.meter.energies, pcm.meter.peaks)))
        progress.begin(1.0, (end - lead) * len(job.out))
        wait(encode(pool, job, files, pcm, curve, (lead, end), progress), progress)
    who = [(name, since, until) for name, each in talks.items() for since, until in each]
    return facts | {
        **described(curve, lead, end),
        **told(_in_ms(who, lead), (end - lead) // 48),
        "lead_ms": lead // 48,
        "tail_ms": (timeline.samples - end) // 48,
        "periods_ms": timeline.periods_ms(lead, end),
        "seconds": {"mix": round(mixed - began, 2), "encode": round(time.monotonic() - mixed, 2)},
    }


def encode(
    pool: ThreadPoolExecutor,
    job: Job,
    files: Files,
    pcm: Pcm,
    curve: Curve,
    between: tuple[int, int],
    progress: Progress,
) -> list[Future]:
    """Each file of the mix in a thread of its own."""
    return [
        pool.submit(files.write, path, KINDS[kind], job.title, pcm.under(curve, *between), progress.note)
        for kind, path in job.out.items()
    ]


def wait(futures: list[Future], progress: Progress) -> None:
    """Raises what the first of them that failed has raised."""
    for future in as_completed(futures):
        if future.exception():
            progress.stop()
            raise future.exception()


def described(curve: Curve, lead: int, end: int) -> dict:
    return {
        "duration_ms": (end - lead) // 48,
        "loudness": round(curve.loudness, 2) if np.isfinite(curve.loudness) else None,
        "true_peak": decibels(float(curve.peaks.max(initial=0))),
        "peaks": waveform(curve.peaks),
    }


def told(talks: list[voices.Voice], duration_ms: int) -> dict:
    ordered = sorted(talks, key=lambda talk: talk[1:])
    return {"voices": ordered, "chapters": voices.chapters(ordered, duration_ms)}


def _in_ms(talks: list[tuple[str, int, int]], lead: int) -> list[voices.Voice]:
    ms, lead_ms = voices.FRAME_MS, lead // 48
    return [(name, since * ms - lead_ms, until * ms - lead_ms) for name, since, until in talks]


def _track(job: Job, timeline: Timeline, number: int) -> Track:
    track = job.tracks[number]
    heard = [(timeline.wall(a), timeline.wall(b)) for a, b in crossings(track.spans_us, job.periods_us)]
    return Track(track.segments, heard, timeline.epoch_us)


def _sum(pool: ThreadPoolExecutor, lanes: list[Lane], timeline: Timeline, pcm: Pcm, progress: Progress) -> None:
    """While one block is summed, measured and written, the next is already decoded."""
    before: tuple[Block, list[Future]] | None = None
    for block in chain(timeline.blocks(), [None]):
        parts = [pool.submit(lane.read, block) for lane in lanes] if block else []
        if before:
            pcm.add(_total(before[1]), before[0].samples)
            progress.note(before[0].samples)
        # A track is read by one thread at a time.
        for part in parts:
            part.exception()
        before = (block, parts) if block else None
    pcm.finish()


def _total(parts: list[Future]) -> np.ndarray | None:
    total = None
    for part in parts:
        samples = part.result()
        if samples is not None:
            total = samples if total is None else np.add(total, samples, out=total)
    return total


def _facts(lanes: list[Lane]) -> dict:
    tallies = [asdict(lane.track.tally) for lane in lanes]
    counts = [asdict(lane.track.count) for lane in lanes]
    return {
        "segments": {name: sum(each[name] for each in tallies) for name in ("mixed", "damaged", "missing")},
        "packets": {name: sum(each[name] for each in counts) for name in ("all", "decoded")},
    }
