/** How loud one's own microphone is, and how it sounds. Nothing leaves the page; `close` lets go of the sound card. */

export class Loudness {
  #context = new AudioContext();
  #analyser = this.#context.createAnalyser();
  #samples = new Float32Array(this.#analyser.fftSize);
  #stream;

  constructor(track) {
    this.#stream = new MediaStream([track]);
    this.#context.createMediaStreamSource(this.#stream).connect(this.#analyser);
    // Safari starts it asleep; one that is closed meanwhile need not wake.
    this.#context.resume().catch(() => {});
  }

  /** RMS of the last 40 ms in dBFS. */
  read() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const squares = this.#samples.reduce((sum, sample) => sum + sample * sample, 0);
    return 10 * Math.log10(squares / this.#samples.length + 1e-12);
  }

  /** What is said in the next `seconds`, decoded: the policy lets no element play a blob. */
  async record(seconds) {
    const recorder = new MediaRecorder(this.#stream);
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start();
    setTimeout(() => recorder.state === "recording" && recorder.stop(), seconds * 1000);
    await stopped;
    return this.#context.decodeAudioData(await new Blob(parts).arrayBuffer());
  }

  /** Resolves when it has been heard. */
  play(recording) {
    const source = this.#context.createBufferSource();
    source.buffer = recording;
    source.connect(this.#context.destination);
    const heard = new Promise((resolve) => (source.onended = resolve));
    source.start();
    return heard;
  }

  close() {
    this.#context.close();
  }
}
