"""People in front of microphones, and the mixdown of it: as a program, or its first pass in this process."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recordings.mixdown import job as jobs
from recordings.mixdown.encode import Files
from recordings.mixdown.mix import mix
from recordings.mixdown.pcm import Pcm
from tests.support import segments, sound

RATE = sound.RATE
# Some second of Unix time, which ends in no round number.
BEGAN_US = 1_700_000_003_141_592
ROOT = Path(__file__).resolve().parents[3]


def tone(frequency: float, seconds: float, level: float = -20.0) -> np.ndarray:
    """`level` is its RMS in dBFS."""
    at = np.arange(int(seconds * RATE)) / RATE
    return (10 ** (level / 20) * np.sqrt(2) * np.sin(2 * np.pi * frequency * at)).astype(np.float32)


def us(seconds: float) -> int:
    return BEGAN_US + round(seconds * 1e6)


@dataclass
class Mix:
    """What the program left: its exit code, its result, and what can be heard."""

    code: int
    result: dict
    errors: str
    m4a: Path
    opus: Path

    def heard(self) -> np.ndarray:
        return sound.read_opus(self.opus)


class Studio:
    """Times are seconds since recording began."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.segments = folder, folder / "segments"
        self.segments.mkdir()
        self._tracks: dict[str, dict] = {}
        self.periods = [(0.0, 60.0)]
        self.asked: dict = {}

    def says(self, name: str, at: float, samples: np.ndarray, spans=((0.0, 36_000.0),)) -> list[dict]:
        """Somebody's microphone is open from `at`; `spans` is what they consented to. Returns the segments."""
        return self.has(name, segments.record(self.segments, us(at), samples), spans)

    def has(self, name: str, made: list[dict], spans=((0.0, 36_000.0),)) -> list[dict]:
        track = self._tracks.setdefault(name, {"participant": name, "segments": []})
        track["spans_us"] = [[us(since), us(until)] for since, until in spans]
        track["segments"] += made
        return made

    def job(self) -> dict:
        return {
            "result": str(self.folder / "result.json"),
            "periods_us": [[us(since), us(until)] for since, until in self.periods],
            "tracks": list(self._tracks.values()),
            "out": {kind: str(self.folder / f"replay.{kind}") for kind in ("m4a", "opus")},
            "title": "Small gardens on high roofs",
        } | self.asked

    def start(self, **options) -> subprocess.Popen:
        job = self.folder / "job.json"
        job.write_text(json.dumps(self.job()))
        command = [sys.executable, "-m", "recordings.mixdown", str(job)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def mixed(self) -> Mix:
        """By the program."""
        process = self.start()
        self.output, errors = process.communicate()
        path = self.folder / "result.json"
        result = json.loads(path.read_text()) if path.exists() else {}
        return Mix(process.returncode, result, errors, *(self.folder / f"replay.{kind}" for kind in ("m4a", "opus")))

    def summed(self) -> tuple[dict, np.ndarray]:
        """(the result, the samples between the passes from where the replay begins): nothing is encoded."""
        self.asked["out"] = {}
        pcm = Pcm(self.folder / "mix.pcm")
        result = mix(jobs.read(self.job()), Files(), pcm)
        samples = np.fromfile(pcm.path, "<i2") / np.float32(32768 / 4)
        return result, samples[result["lead_ms"] * 48 :]


def strength(samples: np.ndarray, frequency: float) -> float:
    """dBFS (RMS) of one frequency in samples."""
    at = np.arange(len(samples)) / RATE
    window = np.hanning(len(samples))
    found = np.abs(np.sum(samples * window * np.exp(-2j * np.pi * frequency * at))) / np.sum(window)
    return 20 * np.log10(max(found * np.sqrt(2), 1e-9))


def part(samples: np.ndarray, since: float, until: float) -> np.ndarray:
    return samples[int(since * RATE) : int(until * RATE)]
