"""The files: what players are given, all or none of them, whatever happens to the program meanwhile."""

import json
import os
import signal
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from tests.recordings.mixdown.studio import RATE, part, strength, tone, us
from tests.support import segments, sound, voice

ABSENT = -60.0


def boxes(path: Path) -> list[str]:
    """The top boxes of an MP4 file in order (ISO/IEC 14496-12 section 4.2)."""
    content, at, names = path.read_bytes(), 0, []
    while at < len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        names.append(name.decode())
        at += size
    return names


def test_a_replay_is_aac_that_starts_at_once_and_opus_of_the_same_length(studio):
    studio.says("anna", 3, tone(440, 9.37))
    mix = studio.mixed()
    assert mix.code == 0 and boxes(mix.m4a).index("moov") < boxes(mix.m4a).index("mdat")
    lengths = {}
    for path, codec in ((mix.m4a, "aac"), (mix.opus, "opus")):
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            assert (stream.codec_context.name, stream.channels, stream.rate) == (codec, 1, RATE)
            assert (container.metadata | stream.metadata)["title"] == "Small gardens on high roofs"
            assert abs(container.duration / 1e6 - mix.result["duration_ms"] / 1000) < 0.33
        lengths[codec] = len(sound.read_opus(path))
        assert mix.result["sizes"][path.suffix[1:]] == path.stat().st_size
    assert lengths["aac"] == lengths["opus"]
    assert 0 <= lengths["aac"] / 48 - mix.result["duration_ms"] <= 320


def test_both_files_say_the_same_at_the_same_time(studio):
    studio.says("anna", 3, sound.babble(1, 8))
    mix = studio.mixed()
    aac, opus = (sound.speech_band(sound.read_opus(path)) for path in (mix.m4a, mix.opus))
    likeness, lag = sound.correlation(opus[2 * RATE : 6 * RATE], aac)
    assert likeness > 0.9 and abs(lag - 2 * RATE) <= 0.005 * RATE


def test_silence_at_both_ends_is_trimmed_and_counted(studio):
    studio.says("anna", 0, np.concatenate((np.zeros(10 * RATE), tone(440, 5), np.zeros(10 * RATE))))
    mix = studio.mixed()
    assert abs(mix.result["lead_ms"] - 9760) <= 40 and abs(mix.result["tail_ms"] - 44_500) <= 40
    assert mix.result["duration_ms"] + mix.result["lead_ms"] + mix.result["tail_ms"] == 60_000
    heard = mix.heard()
    assert sound.dbfs(heard[: int(0.2 * RATE)]) < -50 and strength(part(heard, 0.3, 5.2), 440) > -20


def test_the_waveform_follows_what_is_heard(studio):
    studio.says("anna", 0, np.concatenate((tone(440, 10, -30), tone(440, 10, -14))))
    result, _ = studio.summed()
    peaks = result["peaks"]
    assert 400 <= len(peaks) <= 420 and max(peaks) == 255 and min(peaks) >= 0
    assert np.mean(peaks[20:180]) < np.mean(peaks[220:380])


def test_a_long_replay_has_a_thousand_peaks(studio):
    studio.says("anna", 0, tone(440, 58))
    assert len(studio.summed()[0]["peaks"]) == 1000


def test_progress_is_told_from_the_start_to_the_end(studio):
    studio.says("anna", 0, sound.babble(1, 20))
    studio.mixed()
    told = [line.split() for line in studio.output.splitlines()]
    assert {word for word, _ in told} == {"progress"}
    shares = [float(share) for _, share in told]
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) > 5


def test_who_withdraws_when_the_segments_are_gone_is_silenced_in_place(studio):
    studio.says("anna", 0, tone(400, 5))
    studio.says("ben", 6, tone(900, 4))
    studio.says("anna", 11, tone(400, 4))
    first = studio.mixed()
    voices = first.result["voices"]
    his = [[since, until] for who, since, until in voices if who == "ben"]
    again = studio.folder / "again"
    again.mkdir()
    studio.asked = {
        "redact": {"source": str(first.m4a), "silence_ms": his, "duration_ms": first.result["duration_ms"]},
        "voices": voices,
        "result": str(again / "result.json"),
        "out": {kind: str(again / f"replay.{kind}") for kind in ("m4a", "opus")},
    }
    process = studio.start()
    assert process.wait() == 0
    result = json.loads((again / "result.json").read_text())
    for kind in ("m4a", "opus"):
        before = sound.read_opus(first.m4a if kind == "m4a" else first.opus)
        after = sound.read_opus(again / f"replay.{kind}")
        assert len(after) == len(before)
        assert strength(part(before, 6.5, 9.5), 900) > -20 and strength(part(after, 6.2, 9.8), 900) < ABSENT
        assert abs(strength(part(after, 1, 4), 400) - strength(part(before, 1, 4), 400)) < 0.5
    assert {who for who, _, _ in result["voices"]} == {"anna"}
    assert [chapter["participant"] for chapter in result["chapters"]] == ["anna"]
    assert result["sizes"].keys() == {"m4a", "opus"} and result["duration_ms"] == first.result["duration_ms"]


@pytest.mark.parametrize(
    ("how", "after"),
    [(signal.SIGTERM, 0.0), (signal.SIGTERM, 0.5), (signal.SIGTERM, 0.9), (signal.SIGKILL, 0.2), (signal.SIGKILL, 0.9)],
)
def test_killed_at_any_time_it_leaves_whole_files_or_none(studio, how, after):
    studio.says("anna", 0, np.resize(voice.samples(), 40 * RATE))
    process = studio.start()
    for line in process.stdout:
        if float(line.split()[1]) >= after:
            break
    process.send_signal(how)
    process.communicate()
    # On a fast machine it was done before it could be killed.
    assert process.returncode in (-how, 128 + how, 0)
    left = {path.name: path for path in studio.folder.iterdir() if path.name not in ("segments", "job.json")}
    for name in left.keys() & {"replay.m4a", "replay.opus"}:
        assert len(sound.read_opus(left[name])) >= 40 * RATE
    if "result.json" in left:
        assert {"replay.m4a", "replay.opus"} <= left.keys()
    if after < 0.9:
        assert not left.keys() & {"replay.m4a", "replay.opus", "result.json"}
    if how == signal.SIGTERM:
        assert left.keys() <= {"replay.m4a", "replay.opus", "result.json"}


def test_it_does_not_outlive_whoever_started_it(studio):
    """Nobody reads its progress any more."""
    studio.says("anna", 0, np.resize(voice.samples(), 40 * RATE))
    process = studio.start()
    process.stdout.readline()
    process.stdout.close()
    assert process.wait() != 0
    assert not (studio.folder / "replay.m4a").exists() and not (studio.folder / "result.json").exists()


def test_a_disk_that_is_full_is_a_failure_with_a_sentence(studio):
    studio.says("anna", 0, sound.babble(1, 8))
    studio.asked["out"] = {"m4a": "/dev/full/replay.m4a"}
    mix = studio.mixed()
    assert mix.code not in (0, 3) and len(mix.errors.splitlines()) == 1
    assert not mix.result


@pytest.mark.parametrize(
    "wrong",
    [
        {"tracks": [{"participant": "../../etc", "spans_us": [], "segments": []}]},
        {"tracks": [{"participant": "a"}]},
        {"periods_us": None},
        {"out": {"mp3": "/tmp/x.mp3"}},
    ],
)
def test_a_job_that_cannot_be_read_is_refused(studio, wrong):
    studio.asked = wrong
    mix = studio.mixed()
    assert mix.code == 1 and "job" in mix.errors and not mix.result


@pytest.mark.slow
def test_an_hour_takes_no_more_memory_than_a_minute(studio, table):
    """What is in memory is blocks; the samples are in a file."""
    studio.asked["out"] = {}
    spoken = segments.encoded(sound.babble(1, 4))
    peak = {}
    for minutes in (1, 60):
        studio._tracks.clear()
        studio.periods = [(0, 60.0 * minutes)]
        for at in range(0, 60 * minutes, 30):
            studio.has("anna", [segments.write(studio.segments, us(at), spoken)])
        process = studio.start()
        process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        assert status == 0
        peak[minutes] = usage.ru_maxrss / 1024
    table.add(minutes=60, mib=peak[60], more_than_a_minute=peak[60] - peak[1])
    assert peak[60] - peak[1] < 40
