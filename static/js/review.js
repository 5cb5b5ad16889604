/**
 * Staff listen to a review copy: pieces of some seconds of each speaker, each played at the time it was said. They are
 * fetched shortly before, so that nothing is kept that nobody hears. Positions are seconds from when the Space began.
 */
const AHEAD = 6;
const TICK_MS = 200;
const STEP = 15;

class Review {
  constructor(section) {
    this.section = section;
    this.part = (name) => section.querySelector(`[data-${name}]`);
    this.where = this.part("where");
    this.began = Date.parse(section.dataset.began);
    this.pieces = [];
    this.position = 0;
    this.playing = false;
    // Pieces that are fetched or heard: what stops them.
    this.under = new Map();
    this.gains = new Map();
  }

  async load() {
    const answer = await fetch(this.section.dataset.review, { credentials: "same-origin" });
    if (!answer.ok) return this.say("This is not open to you any more. Go back and say why you have to listen.");
    this.pieces = (await answer.json()).pieces.map(({ at, length, who, url }) => ({ at: at / 1000, end: (at + length) / 1000, who, url }));
    this.section.querySelectorAll(":disabled").forEach((part) => (part.disabled = false));
    this.say("Ready.");
    this.show();
  }

  say(words) {
    this.part("news").textContent = words;
  }

  now() {
    return this.playing ? this.position + this.context.currentTime - this.since : this.position;
  }

  play() {
    this.context ??= new AudioContext();
    this.context.resume();
    this.since = this.context.currentTime;
    this.playing = true;
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.tick();
  }

  pause() {
    this.position = this.now();
    this.playing = false;
    clearInterval(this.timer);
    this.under.forEach((stop) => stop());
    this.under.clear();
    this.show();
  }

  seek(position) {
    const playing = this.playing;
    if (playing) this.pause();
    this.position = Math.min(Math.max(0, position), Number(this.where.max));
    if (playing) this.play();
    this.show();
  }

  next() {
    const now = this.now();
    const silent = Math.max(now, ...this.pieces.filter((piece) => piece.at <= now && piece.end > now).map((piece) => piece.end));
    const next = this.pieces.find((piece) => piece.at >= silent);
    if (next) this.seek(next.at);
  }

  tick() {
    const now = this.now();
    for (const piece of this.pieces) {
      if (piece.at > now + AHEAD) break;
      if (piece.end > now && !this.under.has(piece)) this.fetch(piece);
    }
    if (now >= Number(this.where.max)) this.pause();
    this.show();
  }

  async fetch(piece) {
    const fetching = new AbortController();
    this.under.set(piece, () => fetching.abort());
    try {
      const answer = await fetch(piece.url, { credentials: "same-origin", signal: fetching.signal });
      if (!answer.ok) throw new Error(answer.status);
      const sound = await this.context.decodeAudioData(await answer.arrayBuffer());
      if (this.playing && !fetching.signal.aborted) this.start(piece, sound);
    } catch (error) {
      if (!fetching.signal.aborted) this.say(`A piece could not be heard (${error.message}). It is left out.`);
    }
  }

  start(piece, sound) {
    const source = new AudioBufferSourceNode(this.context, { buffer: sound });
    source.connect(this.gain(piece.who));
    const late = this.now() - piece.at;
    source.start(this.context.currentTime + Math.max(0, -late), Math.max(0, late));
    this.under.set(piece, () => source.stop());
    this.heard = (this.heard ?? 0) + 1;
    this.section.dataset.heard = this.heard;
  }

  gain(who) {
    if (!this.gains.has(who)) {
      this.gains.set(who, new GainNode(this.context));
      this.gains.get(who).connect(this.context.destination);
    }
    const gain = this.gains.get(who);
    gain.gain.value = this.section.querySelector(`[data-who="${who}"]`).checked ? 1 : 0;
    return gain;
  }

  show() {
    const now = this.now();
    const two = (number) => String(Math.floor(number)).padStart(2, "0");
    const said = new Date(this.began + now * 1000).toISOString().slice(11, 19);
    this.part("clock").textContent = `${Math.floor(now / 60)}:${two(now % 60)} (${said} UTC)`;
    if (document.activeElement !== this.where || this.playing) this.where.value = now;
    this.section.querySelector('[data-act="play"]').textContent = this.playing ? "Pause" : "Play";
    const speaking = new Set(this.playing ? this.pieces.filter((piece) => piece.at <= now && piece.end > now).map((piece) => piece.who) : []);
    this.section.querySelectorAll("[data-who]").forEach((box) => box.closest("li").toggleAttribute("data-speaking", speaking.has(box.dataset.who)));
  }
}

const section = document.querySelector("[data-review]");
if (section) {
  const review = new Review(section);
  const acts = {
    play: () => (review.playing ? review.pause() : review.play()),
    back: () => review.seek(review.now() - STEP),
    on: () => review.seek(review.now() + STEP),
    next: () => review.next(),
  };
  section.addEventListener("click", ({ target }) => acts[target.dataset.act]?.());
  section.addEventListener("change", ({ target }) => target.dataset.who && review.gains.has(target.dataset.who) && review.gain(target.dataset.who));
  review.where.addEventListener("input", () => review.seek(Number(review.where.value)));
  review.load();
}
