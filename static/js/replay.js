/**
 * The player of a replay around its <audio id="replay-audio">: waveform, who speaks, speed, where one was. Others ask it
 * to go somewhere with replay:seek ({ms}). On #replay-player, for the stylesheet and for tests: data-state.
 */
import { words } from "./moments.js";
import { bindKeys, keysWork, useKeys } from "./replay_keys.js";
import "./replay_lapsed.js";
import { announce, where } from "./replay_media.js";
import { drawVoices, drawWave } from "./replay_wave.js";
import { sound } from "./sound.js";

const SKIP = 15;
// So near to its end one has heard it; so near to its beginning there is nothing to come back to.
const NEAR = 10;
const KEEP_MS = 5000;
// How long before the next word of somebody else one arrives (ms).
const BEFORE = 250;
const KEPT = "openfloor-replay:";
const SPEED = "openfloor-replay-speed";

let player = null;

class Player {
  constructor(root) {
    this.root = root;
    this.audio = root.querySelector("#replay-audio");
    const { slug, duration, starts, peaks, voices } = root.dataset;
    this.key = KEPT + slug;
    this.starts = Number(starts) / 1000;
    this.length = Number(duration) / 1000;
    this.peaks = peaks.split(" ").map(Number);
    this.voices = JSON.parse(voices);
    this.slider = root.querySelector(".wave-slider");
    this.people = [...root.querySelectorAll("[data-person]")];
    this.chapters = [...document.querySelectorAll("[data-chapter]")].map((link) => ({ link, at: Number(link.dataset.seek) / 1000 }));
    this.keptAt = 0;
    this.aside = new AbortController();
    this.listen();
    this.audio.controls = false;
    this.audio.hidden = true;
    this.audio.volume = Number(localStorage.getItem("openfloor-volume") ?? 1);
    this.setSpeed(Number(localStorage.getItem(SPEED) ?? 1));
    root.querySelector("#replay-volume").value = Math.round(this.audio.volume * 100);
    root.querySelector("#replay-keys").checked = keysWork();
    root.style.setProperty("--cut", this.starts / this.length);
    this.draw();
    this.begin();
    this.show();
  }

  get at() {
    return this.audio.currentTime;
  }

  // --- Where it begins ---

  /** At the moment of the address, else at the beginning with an offer to go on where one was. */
  begin() {
    const asked = parsed(new URLSearchParams(location.search).get("t"));
    const kept = Number(localStorage.getItem(this.key) ?? 0);
    this.seek(asked ?? this.starts);
    if (asked !== null || kept < this.starts + NEAR || kept > this.length - NEAR) return;
    this.kept = kept;
    this.root.querySelector("[data-kept]").textContent = words(kept);
    this.offer(true);
  }

  offer(shown) {
    this.root.querySelector(".player-continue").hidden = !shown;
  }

  keep(always) {
    if (!this.started || (!always && performance.now() - this.keptAt < KEEP_MS)) return;
    this.keptAt = performance.now();
    if (this.at > this.length - NEAR) localStorage.removeItem(this.key);
    else localStorage.setItem(this.key, Math.floor(this.at));
  }

  // --- What one can do ---

  seek(seconds) {
    this.audio.currentTime = Math.min(Math.max(seconds, this.starts), this.length);
    this.show();
  }

  skip(seconds) {
    this.seek(this.at + seconds);
  }

  async toggle() {
    if (!this.audio.paused) return this.audio.pause();
    this.say("");
    try {
      await this.audio.play();
    } catch (error) {
      if (error.name !== "AbortError") this.failed();
    }
  }

  /** To where somebody else begins to speak, or that person. */
  next(person) {
    const now = this.at * 1000 + BEFORE + 1;
    const talking = new Set(this.talking());
    const other = ([who, since]) => since > now && (person === undefined ? !talking.has(who) : who === person);
    const found = this.voices.find(other) ?? (person === undefined ? null : this.voices.find(([who]) => who === person));
    if (found) this.seek(Math.max(0, found[1] - BEFORE) / 1000);
  }

  setSpeed(speed) {
    const select = this.root.querySelector("#replay-speed");
    const choices = [...select.options].map((option) => Number(option.value));
    this.audio.playbackRate = this.audio.defaultPlaybackRate = choices.includes(speed) ? speed : 1;
    select.value = String(this.audio.playbackRate);
    localStorage.setItem(SPEED, this.audio.playbackRate);
  }

  faster(step) {
    const options = this.root.querySelector("#replay-speed").options;
    const to = options.selectedIndex + step;
    if (options[to]) this.setSpeed(Number(options[to].value));
  }

  act(name) {
    const acts = {
      play: () => this.toggle(),
      back: () => this.skip(-SKIP),
      forward: () => this.skip(SKIP),
      next: () => this.next(),
      continue: () => (this.seek(this.kept), this.offer(false), this.toggle()),
    };
    acts[name]?.();
  }

  // --- What one sees ---

  talking() {
    const now = this.at * 1000;
    return this.voices.filter(([, since, until]) => since <= now && now < until).map(([who]) => who);
  }

  show() {
    const { root, slider, length } = this;
    root.style.setProperty("--at", Math.min(1, this.at / length));
    root.dataset.state = this.audio.paused ? "paused" : "playing";
    root.querySelector('[data-act="play"]').setAttribute("aria-pressed", String(!this.audio.paused));
    const talking = this.talking();
    for (const [number, face] of this.people.entries()) face.classList.toggle("speaking", talking.includes(number));
    const names = talking.map((number) => this.people[number]?.querySelector(".player-name").textContent).filter(Boolean);
    slider.setAttribute("aria-valuenow", Math.round(this.at));
    slider.setAttribute("aria-valuetext", `${words(this.at)} of ${words(length)}${names.length ? `, ${names.join(" and ")}` : ""}`);
    const current = this.chapters.findLast(({ at }) => at <= this.at + 0.01);
    for (const chapter of this.chapters) {
      if (chapter === current) chapter.link.setAttribute("aria-current", "true");
      else chapter.link.removeAttribute("aria-current");
    }
  }

  draw() {
    const hues = this.people.map((person) => getComputedStyle(person.querySelector(".face")).getPropertyValue("--hue"));
    for (const canvas of this.root.querySelectorAll(".wave canvas")) drawWave(canvas, this.peaks);
    drawVoices(this.root.querySelector(".wave-who"), this.voices, hues, this.length * 1000);
  }

  say(sentence) {
    this.root.querySelector("[data-trouble]").textContent = sentence;
  }

  failed() {
    this.say("The sound does not come. Look at your connection, then press Play again; the replay may also have expired.");
    this.show();
  }

  // --- What it hears of ---

  listen() {
    const { audio, slider, root } = this;
    const on = (target, events, act) => {
      for (const event of events.split(" ")) target.addEventListener(event, act, { signal: this.aside.signal });
    };
    on(audio, "timeupdate", () => (this.show(), this.keep(), where(this)));
    on(audio, "seeked loadedmetadata ratechange", () => (this.show(), where(this)));
    on(audio, "play", () => ((this.started = true), this.offer(false), announce(this), this.show()));
    on(audio, "pause ended", () => (this.keep(true), this.show()));
    on(audio, "error", () => audio.error && this.failed());
    on(audio.querySelectorAll("source")[1], "error", () => this.failed());
    on(audio, "replay:seek", ({ detail }) => this.seek(detail.ms / 1000));
    on(root, "click", ({ target }) => {
      const act = target.closest("[data-act]")?.dataset.act;
      const person = target.closest("[data-person]")?.dataset.person;
      if (act) this.act(act);
      if (person) this.next(Number(person));
    });
    on(root, "input", ({ target }) => {
      if (target.id === "replay-volume") audio.volume = target.value / 100;
      if (target.id === "replay-speed") this.setSpeed(Number(target.value));
      if (target.id === "replay-keys") useKeys(target.checked);
    });
    on(slider, "pointerdown", (event) => (slider.setPointerCapture(event.pointerId), this.seek(this.under(event))));
    on(slider, "pointermove", (event) => this.hover(event));
    on(slider, "pointerleave pointercancel", () => (root.querySelector(".wave-tip").hidden = true));
    on(window, "pagehide", () => this.keep(true));
    on(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.draw());
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(slider);
  }

  under({ clientX }) {
    const box = this.slider.getBoundingClientRect();
    return ((clientX - box.left) / box.width) * this.length;
  }

  hover(event) {
    const at = Math.min(Math.max(this.under(event), 0), this.length);
    const tip = this.root.querySelector(".wave-tip");
    tip.hidden = event.pointerType !== "mouse" && !event.buttons;
    tip.textContent = words(at);
    this.root.style.setProperty("--over", at / this.length);
    if (event.buttons) this.seek(at);
  }

  leave() {
    this.keep(true);
    this.audio.pause();
    this.sizes.disconnect();
    this.aside.abort();
  }
}

/** `754`, `12m34s`, `1h2m3s` in seconds; null for anything else. */
function parsed(words) {
  const found = words?.match(/^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?$/);
  if (!found || !words) return null;
  const [hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  return hours * 3600 + minutes * 60 + seconds;
}

function follow() {
  const root = document.getElementById("replay-player");
  if (root === (player?.root ?? null)) return;
  player?.leave();
  player = root ? new Player(root) : null;
}
document.addEventListener("htmx:afterSettle", follow);
document.addEventListener("htmx:historyRestore", follow);
bindKeys(() => player);
// What is live has priority.
sound.addEventListener("change", () => sound.space && player?.audio.pause());
follow();

/** Where a replay begins, for its host: heard on the form (replay_edit.html). */
document.addEventListener("click", ({ target }) => {
  const audio = document.getElementById("trim-audio");
  const field = document.querySelector("[data-starts-at]");
  if (target.closest("#trim-here")) field.value = words(audio.currentTime);
  if (!target.closest("#trim-listen")) return;
  audio.currentTime = field.value.split(":").reduce((whole, part) => whole * 60 + Number(part), 0) || 0;
  audio.play();
});
