"""Parts of a replay silenced where its segments are gone: somebody withdrew after they were destroyed.

Called by __main__.py. Length and loudness stay as they are, so that whatever points into the replay still does.
"""

from concurrent.futures import ThreadPoolExecutor

import av
import numpy as np

from recordings.mixdown import voices
from recordings.mixdown.encode import Files
from recordings.mixdown.job import Job, Redaction
from recordings.mixdown.loudness import SLOT, Curve
from recordings.mixdown.mix import WORKERS, described, encode, told, wait
from recordings.mixdown.pcm import Pcm
from recordings.mixdown.result import Progress
from recordings.mixdown.track import EDGE
from rooms.relay.opus import SAMPLE_RATE


def redact(job: Job, files: Files, pcm: Pcm) -> dict:
    """Writes what the job asks for, aside."""
    _copy(job.redact, pcm)
    duration_ms = job.redact.duration_ms
    end = pcm.samples if duration_ms is None else min(pcm.samples, duration_ms * 48 // SLOT * SLOT)
    slots = end // SLOT
    curve = Curve(pcm.meter.energies[:slots], pcm.meter.peaks[:slots], gain_db=0.0)
    progress = Progress()
    progress.begin(1.0, end * len(job.out))
    with ThreadPoolExecutor(WORKERS) as pool:
        wait(encode(pool, job, files, pcm, curve, (0, end), progress), progress)
    left = voices.without(job.voices, job.redact.silence_ms)
    return described(curve, 0, end) | told(left, end // 48)


def _copy(redaction: Redaction, pcm: Pcm) -> None:
    waiting, at = np.zeros(0, np.float32), 0
    resampler = av.AudioResampler("flt", "mono", SAMPLE_RATE)
    with av.open(str(redaction.source)) as container:
        for frame in container.decode(audio=0):
            for mono in resampler.resample(frame):
                waiting = np.concatenate((waiting, mono.to_ndarray().ravel()))
            count = len(waiting) // SLOT * SLOT
            if count >= SAMPLE_RATE:
                pcm.add(_silenced(waiting[:count], at, redaction), count)
                at, waiting = at + count, waiting[count:]
    waiting = np.concatenate((waiting, np.zeros(-len(waiting) % SLOT, np.float32)))
    pcm.add(_silenced(waiting, at, redaction), len(waiting))
    pcm.finish()


def _silenced(samples: np.ndarray, at: int, redaction: Redaction) -> np.ndarray:
    for since_ms, until_ms in redaction.silence_ms:
        since, until = since_ms * 48 - at, until_ms * 48 - at
        if since - len(EDGE) < len(samples) and until + len(EDGE) > 0:
            # Sound ends before what is cut and begins after it.
            known = [since - len(EDGE), since, until, until + len(EDGE)]
            samples = samples * np.interp(np.arange(len(samples)), known, [1, 0, 0, 1]).astype(np.float32)
    return samples
