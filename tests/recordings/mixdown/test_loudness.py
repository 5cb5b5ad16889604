"""As loud as podcasts are, whatever came in: measured by FFmpeg's own meter (EBU R128), which is not ours."""

from pathlib import Path

import av
import numpy as np
import pytest
from av.filter import Graph

from recordings.mixdown.loudness import CEILING, SLOT, Curve, Meter, integrated
from tests.recordings.mixdown.studio import RATE, part, tone
from tests.support import sound, voice


def measured(path: Path) -> tuple[float, float]:
    """(LUFS, dBTP) of a file, by libavfilter."""
    with av.open(str(path)) as container:
        graph = Graph()
        source = graph.add_abuffer(template=container.streams.audio[0])
        meter = graph.add("ebur128", "metadata=1:peak=true")
        sink = graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        graph.configure()
        loudness, peak = -np.inf, 0.0
        for frame in container.decode(audio=0):
            graph.push(frame)
            while True:
                try:
                    known = graph.pull().metadata
                except (av.BlockingIOError, av.EOFError):
                    break
                loudness = float(known["lavfi.r128.I"])
                peak = max(peak, float(known["lavfi.r128.true_peaks_ch0"]))
    return loudness, 20 * np.log10(peak)


def metered(samples: np.ndarray) -> Meter:
    meter = Meter()
    for start in range(0, len(samples) // SLOT * SLOT, 1000 * SLOT):
        block = samples[start : start + 1000 * SLOT]
        meter.add(block[: len(block) // SLOT * SLOT])
    meter.finish()
    return meter


def spoken(level: float) -> np.ndarray:
    samples = voice.samples()
    return samples * np.float32(10 ** ((level - sound.dbfs(samples)) / 20))


@pytest.mark.parametrize(
    ("what", "samples"),
    [
        ("tone", lambda: tone(1000, 12)),
        ("quiet tone", lambda: tone(500, 12, -40)),
        ("speech", lambda: spoken(-20)),
        ("quiet speech", lambda: spoken(-48)),
        ("loud speech", lambda: spoken(-8)),
        ("babble", lambda: sound.babble(4, 12, -30)),
    ],
)
def test_every_replay_is_as_loud_and_never_beyond_the_peak(studio, table, what, samples):
    studio.says("anna", 1, np.clip(samples(), -1, 1))
    mix = studio.mixed()
    assert mix.code == 0, mix.errors
    for path in (mix.m4a, mix.opus):
        loudness, peak = measured(path)
        table.add(what=what, file=path.suffix, lufs=round(loudness, 2), dbtp=round(peak, 2))
        assert abs(loudness + 16) <= 0.5
        assert peak <= -1
    assert abs(mix.result["loudness"] + 16) <= 0.2 and mix.result["true_peak"] <= -2.4


def test_a_quiet_voice_beside_a_loud_one_is_raised(studio):
    """As the Space's own mixer did it."""
    loud, quiet = spoken(-14), spoken(-34)
    seconds = len(loud) / RATE
    for turn in range(2):
        studio.says("loud", 2 * turn * seconds, loud)
        studio.says("quiet", (2 * turn + 1) * seconds, quiet)
    studio.periods = [(0, 4 * seconds)]
    _, samples = studio.summed()
    turns = [sound.dbfs(part(samples, turn * seconds, (turn + 1) * seconds)) for turn in range(4)]
    assert turns[0] - turns[1] < 12 and abs(turns[2] - turns[3]) < 4


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        # EBU Tech 3341 table 1, cases 1 to 4: sines of 1 kHz, peak in dBFS, here in one channel instead of two (-3 LU).
        ([(-23, 20)], -23),
        ([(-33, 20)], -33),
        ([(-36, 10), (-23, 60), (-36, 10)], -23),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
    ],
)
def test_the_meter_says_what_ebu_tech_3341_says(levels, expected):
    samples = np.concatenate([tone(1000, seconds, level - 3.01) for level, seconds in levels])
    assert abs(integrated(metered(samples).energies) - (expected - 3.01)) <= 0.1


def test_the_meter_finds_peaks_between_samples():
    """A sine of a quarter of the sample rate, sampled beside its peaks (EBU Tech 3341, case 17)."""
    at = np.arange(RATE)
    samples = (0.5 * np.sin(2 * np.pi * at / 4 + np.pi / 4)).astype(np.float32)
    peak = metered(samples).peaks[20:-20].max()
    assert abs(20 * np.log10(peak / 0.5)) < 0.3 and np.abs(samples).max() < 0.36


def test_what_would_be_too_loud_is_held_back_without_steps():
    chance = np.random.default_rng(1)
    samples = sound.babble(7, 20, -30)
    # Claps that stick out by 25 dB.
    for at in chance.integers(0, len(samples) - 480, 12):
        samples[at : at + 480] += 0.8 * np.hanning(480) * np.sin(np.arange(480) * 0.4)
    meter = metered(samples)
    samples = samples[: len(meter.peaks) * SLOT]
    curve = Curve(meter.energies, meter.peaks)
    louder = curve.apply(samples, 0)
    assert np.abs(louder).max() <= CEILING * 1.001 and abs(curve.loudness + 16) < 0.1
    # All the way down takes 25 ms.
    gains = curve.apply(np.ones(len(samples), np.float32), 0)
    assert gains.min() > 0 and np.abs(np.diff(gains[::SLOT])).max() <= gains.max() / 5 * 1.01


def test_silence_stays_silent():
    meter = metered(np.zeros(RATE, np.float32))
    curve = Curve(meter.energies, meter.peaks)
    assert integrated(meter.energies) == -np.inf
    assert not curve.apply(np.zeros(RATE, np.float32), 0).any()
