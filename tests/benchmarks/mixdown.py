"""`make bench-mixdown`: what it takes to make a replay of an hour with thirteen speakers. Writes docs/performance.md.

Three hours are mixed, each by the program itself: one as most are, one in which nobody ever mutes and every microphone
hears its room, and one in which all thirteen talk all the time. Segments are real, of speech that the demo has, and
lie on the disk as they would.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np

from rooms.relay.opus import FRAME_SAMPLES, SAMPLE_RATE, Encoder
from tests.benchmarks import written
from tests.support import segments, sound

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- make bench-mixdown writes from here -->", "<!-- to here: mixdown -->"
SPEAKERS = 13
SECONDS = int(os.environ.get("SECONDS", "3600"))
START_US = 1_700_000_000_000_000
# Somebody talks for so long, then two others; a microphone's room is at -58 dBFS.
TURN, NOISE = 24, 10 ** (-58 / 20)
SPEED, MEMORY = 30, 300

Talks = Callable[[int, int], bool]


def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="openfloor-mixdown-"))
    try:
        rows = [_measured(home, *case) for case in CASES]
    finally:
        shutil.rmtree(home)
    lines = _table(rows)
    print("\n".join(lines))
    if SECONDS == 3600:
        written.put("\n".join(lines), BEGIN, END)


def _two_at_once(speaker: int, turn: int) -> bool:
    return speaker in (turn % SPEAKERS, (turn * 5 + 3) % SPEAKERS)


def _all(speaker: int, turn: int) -> bool:
    return True


CASES = [
    ("two talk, all others are muted", _two_at_once, False),
    ("two talk, all microphones are open", _two_at_once, True),
    ("all thirteen talk all the time", _all, True),
]


def _measured(home: Path, name: str, talks: Talks, is_open: bool) -> dict:
    folder = home / re.sub(r"\W", "", name)
    folder.mkdir()
    tracks = [
        {
            "participant": f"speaker-{speaker}",
            "spans_us": [[START_US, START_US + SECONDS * 1_000_000]],
            "segments": _microphone(folder, speaker, talks, is_open),
        }
        for speaker in range(SPEAKERS)
    ]
    job = {
        "result": str(folder / "result.json"),
        "periods_us": [[START_US, START_US + SECONDS * 1_000_000]],
        "tracks": tracks,
        "out": {"m4a": str(folder / "replay.m4a"), "opus": str(folder / "replay.opus")},
    }
    (folder / "job.json").write_text(json.dumps(job))
    began = time.monotonic()
    command = [sys.executable, "-m", "recordings.mixdown", str(folder / "job.json")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"the mixdown ended with {status}")
    result = json.loads((folder / "result.json").read_text())
    shutil.rmtree(folder)
    row = {
        "name": name,
        "wall": time.monotonic() - began,
        "cpu": usage.ru_utime + usage.ru_stime,
        "mib": usage.ru_maxrss / 1024,
        "open_hours": sum(track["samples"] for each in tracks for track in each["segments"]) / SAMPLE_RATE / 3600,
        **result,
    }
    print(f"{name}: {row['wall']:.0f} s, {row['cpu']:.0f} s of CPU, {row['mib']:.0f} MiB")
    return row


def _microphone(folder: Path, speaker: int, talks: Talks, is_open: bool) -> list[dict]:
    """Segments of a whole hour, out of a turn's worth of speech and one of noise."""
    chance = np.random.default_rng(speaker)
    room = (chance.standard_normal(TURN * SAMPLE_RATE) * NOISE).astype(np.float32)
    encoder = Encoder()
    spoken = segments.encoded(_speech(speaker) + room, encoder)
    quiet = segments.encoded(room, encoder)
    found = []
    for turn in range(-(-SECONDS // TURN)):
        packets = spoken if talks(speaker, turn) else quiet if is_open else []
        left = min(TURN, SECONDS - turn * TURN) * SAMPLE_RATE // FRAME_SAMPLES
        found += segments.recorded(folder, START_US + turn * TURN * 1_000_000, packets[:left])
    return found


def _speech(speaker: int) -> np.ndarray:
    """A turn's worth of the demo's speech, begun elsewhere by everybody."""
    files = sorted((ROOT / "rooms/demo/speech").glob("*.opus"))
    spoken = sound.read_opus(files[speaker % len(files)])
    return np.resize(np.roll(spoken, speaker * SAMPLE_RATE), TURN * SAMPLE_RATE)


def _table(rows: list[dict]) -> list[str]:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    machine = f"{os.cpu_count()} × {model[1] if model else platform.machine()}"
    lines = [
        f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC at {commit} on {machine}, Linux {platform.release()}, "
        f"Python {platform.python_version()}, av {av.__version__}, numpy {np.__version__}; "
        f"{SECONDS // 60} minutes with {SPEAKERS} speakers, load of the machine {os.getloadavg()[0]:.1f}.",
        "",
        "| | hours of open microphone | decoded | first pass, s | encoding, s | all, s | × real time | CPU, s | MiB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        decoded = row["packets"]["decoded"] / row["packets"]["all"]
        lines.append(
            f"| {row['name']} | {row['open_hours']:.1f} | {decoded:.0%} | {row['seconds']['mix']:.0f} "
            f"| {row['seconds']['encode']:.0f} | {row['wall']:.0f} | {SECONDS / row['wall']:.0f} "
            f"| {row['cpu']:.0f} | {row['mib']:.0f} |"
        )
    slowest, largest = max(row["wall"] for row in rows), max(row["mib"] for row in rows)
    lines += [
        "",
        f"At least {SPEED} × real time: {_kept(SECONDS / slowest >= SPEED)}. "
        f"At most {MEMORY} MiB: {_kept(largest <= MEMORY)}.",
    ]
    return lines


def _kept(is_kept: bool) -> str:
    return "kept" if is_kept else "**missed**"


if __name__ == "__main__":
    main()
