"""Makes the demo's speech files from speech/script.txt: `make speech`, run by hand when the script changes.

Needs espeak-ng on PATH. The files are committed, so nothing that runs Openfloor calls this.
"""

import io
import shutil
import subprocess  # noqa: S404  (fixed command, text from our own script)
import sys

import av
import numpy

from rooms.demo.conversation import SPEECH, script

SAMPLE_RATE = 48_000
BIT_RATE = 24_000
LOUDNESS = 0.09  # RMS of full scale while speaking, about -21 dBFS
SILENCE = 0.003
# espeak-ng voice, words per minute, pitch (0..99): three people nobody would confuse.
VOICES = {
    "host": ("en-gb-x-rp+f3", 158, 28),
    "cohost": ("en-us+m3", 154, 30),
    "speaker": ("en-gb-scotland+f2", 166, 76),
}


def main() -> None:
    espeak = shutil.which("espeak-ng")
    if espeak is None:
        sys.exit("openfloor: espeak-ng is missing. Install it: apt-get install espeak-ng")
    for old in SPEECH.glob("*.opus"):
        old.unlink()
    for line in script():
        line.path.write_bytes(opus(levelled(spoken(espeak, *VOICES[line.voice], line.text))))
    total = sum(path.stat().st_size for path in SPEECH.glob("*.opus"))
    print(f"{len(list(SPEECH.glob('*.opus')))} files, {total / 1024:.0f} KiB")


def spoken(espeak: str, voice: str, speed: int, pitch: int, text: str) -> numpy.ndarray:
    """A text in a voice: float32 mono at 48 kHz, silence at both ends cut to a breath."""
    command = [espeak, "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", text]
    wav = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    with av.open(io.BytesIO(wav)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    frames += resampler.resample(None)
    samples = numpy.concatenate([frame.to_ndarray()[0] for frame in frames])
    loud = numpy.flatnonzero(numpy.abs(samples) > SILENCE)
    breath = SAMPLE_RATE // 25
    return samples[max(loud[0] - breath, 0) : loud[-1] + breath]


def levelled(samples: numpy.ndarray) -> numpy.ndarray:
    """The same voice at a common loudness, peaks softly limited."""
    speaking = samples[numpy.abs(samples) > SILENCE]
    gain = LOUDNESS / numpy.sqrt(numpy.mean(speaking**2))
    return numpy.tanh(samples * gain).astype(numpy.float32)


def opus(samples: numpy.ndarray) -> bytes:
    """Ogg Opus, 20 ms packets, as a browser's microphone would send them."""
    file = io.BytesIO()
    options = {"application": "voip", "frame_duration": "20", "vbr": "on"}
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE, layout="mono", options=options)
        stream.bit_rate = BIT_RATE
        frame = av.AudioFrame.from_ndarray(samples[numpy.newaxis, :], format="flt", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


if __name__ == "__main__":
    main()
