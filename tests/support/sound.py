"""Sound as tests see it: speech made on the spot, and measures of what came out at the other end."""

import base64
import subprocess
import wave
from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np

from rooms.relay.opus import Decoder

RATE = 48_000
# Speech arrives at about -20; a browser that bridges a late packet adds a trace of noise to silence.
SILENCE_DBFS = -45.0


def speech(path: Path, text: str, voice: str) -> Path:
    """A mono 48 kHz WAV of somebody saying `text`, at a level of about -20 dBFS."""
    raw = path.with_suffix(".raw.wav")
    subprocess.run(["espeak-ng", "-v", voice, "-s", "160", "-w", str(raw), text], check=True)
    with wave.open(str(raw)) as file:
        rate = file.getframerate()
        spoken = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768
    at = np.arange(int(len(spoken) * RATE / rate)) * rate / RATE
    resampled = np.interp(at, np.arange(len(spoken)), spoken)
    resampled *= 10 ** (-20 / 20) / max(rms(resampled), 1e-9)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(resampled, -1, 1) * 32767).astype(np.int16).tobytes())
    return path


def babble(seed: int, seconds: float, level: float = -20.0) -> np.ndarray:
    """Samples like speech, made without a synthesiser: a gliding pitch, three formants, syllables and pauses.

    `level` is that of the spoken parts in dBFS.
    """
    chance = np.random.default_rng(seed)
    at = np.arange(int(seconds * RATE)) / RATE
    pitch = chance.uniform(95, 230) * (1 + 0.12 * np.sin(2 * np.pi * chance.uniform(0.3, 0.7) * at + seed))
    turns = np.cumsum(pitch) / RATE
    formants = [(chance.uniform(400, 800), 120), (chance.uniform(1000, 2000), 180), (chance.uniform(2300, 3200), 250)]
    sound = 0.2 * chance.standard_normal(len(at))
    for harmonic in range(1, 40):
        strength = sum(1 / (1 + ((harmonic * pitch - centre) / width) ** 2) for centre, width in formants)
        sound += (strength + 0.02) * np.cos(2 * np.pi * (harmonic * turns + chance.random()))
    beats = np.arange(0, seconds + 0.5, 0.4)
    words = np.interp(at, beats, chance.random(len(beats)) > 0.25)
    sound *= words * np.maximum(0, np.sin(2 * np.pi * chance.uniform(2.5, 4.5) * at + seed)) ** 0.7
    spoken = np.abs(sound) > 0.01 * np.abs(sound).max()
    return (sound * 10 ** (level / 20) / rms(sound[spoken])).astype(np.float32)


def read(path: Path) -> np.ndarray:
    """Mono samples in -1..1."""
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768


def read_opus(path: Path) -> np.ndarray:
    """Mono samples in -1..1 at 48 kHz."""
    with av.open(str(path)) as container:
        return np.concatenate([mono(frame) for frame in container.decode(audio=0)])


def mono(frame: av.AudioFrame) -> np.ndarray:
    """One frame's samples in -1..1, channels averaged."""
    samples = frame.to_ndarray()
    if samples.dtype == np.int16:
        samples = samples / np.float32(32768)
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    return samples.mean(axis=0).astype(np.float32)


def decoded(recording: str) -> np.ndarray:
    """What a page recorded: little-endian float32 samples in base64."""
    return np.frombuffer(base64.b64decode(recording), "<f4")


def decoded_opus(packets: Iterable[bytes]) -> np.ndarray:
    """What a listener without loss hears of Opus packets, in -1..1 at 48 kHz."""
    decoder = Decoder()
    return np.concatenate([decoder.decode(packet) for packet in packets])


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def dbfs(samples: np.ndarray) -> float:
    return 20 * np.log10(max(rms(samples), 1e-9))


def last_heard(samples: np.ndarray) -> float:
    """Seconds from the start to the end of the last 10 ms that are not silence."""
    parts = samples[: len(samples) // 480 * 480].reshape(-1, 480)
    loud = [number for number, part in enumerate(parts) if dbfs(part) > SILENCE_DBFS]
    return (loud[-1] + 1) / 100 if loud else 0.0


def correlation(heard: np.ndarray, source: np.ndarray) -> tuple[float, int]:
    """(r, lag): the highest normalised cross-correlation of `heard` with any part of `source`, and where (samples).

    `source` must be longer than `heard`; r is 1 for a scaled copy and about 0 for something else.
    """
    size = 1 << (len(source) + len(heard) - 1).bit_length()
    products = np.fft.irfft(np.fft.rfft(source, size) * np.conj(np.fft.rfft(heard, size)), size)
    lags = len(source) - len(heard) + 1
    energy = np.concatenate([[0.0], np.cumsum(np.square(source, dtype=np.float64))])
    window = np.sqrt(np.maximum(energy[len(heard) :][:lags] - energy[:lags], 1e-9))
    ratios = np.abs(products[:lags]) / (window * max(np.linalg.norm(heard), 1e-9))
    # Parts of the source that are silent correlate with anything.
    ratios[window < 0.1 * window.max()] = 0
    best = int(np.argmax(ratios))
    return float(ratios[best]), best


def speech_band(samples: np.ndarray) -> np.ndarray:
    """Only 300-3400 Hz: below, a browser's microphone processing shifts phases; above, 32 kbit/s Opus redraws them."""
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    spectrum[(frequencies < 300) | (frequencies > 3400)] = 0
    return np.fft.irfft(spectrum, len(samples))


def likeness(heard: np.ndarray, source: np.ndarray, seconds: float = 0.3) -> float:
    """The median correlation of the spoken parts of `heard` with a looped `source`, in the speech band.

    Short windows, because a receiver stretches and squeezes speech by milliseconds to keep its delay (NetEQ).
    """
    step = int(seconds * RATE)
    heard, looped = speech_band(heard), speech_band(np.concatenate([source, source]))
    windows = [heard[at : at + step] for at in range(0, len(heard) - step, step)]
    spoken = [window for window in windows if dbfs(window) > dbfs(heard) - 6]
    return float(np.median([correlation(window, looped)[0] for window in spoken])) if spoken else 0.0
