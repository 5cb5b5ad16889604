/**
 * The sound check (_soundcheck.html): shows how loud one is before anybody hears. Nothing is sent, and the microphone
 * is let go of with the page, or as soon as a form goes out: the seat asks for its own.
 */
import { choose, microphones, openMicrophone, why } from "./devices.js";
import { Loudness } from "./loudness.js";

const LOOK_MS = 50;
// A meter that is read out, and a sentence, change no more often than this.
const TELL_MS = 500;
const PATIENCE_MS = 6000;
// What the sentence goes by: the last three seconds.
const REMEMBERED = 3000 / LOOK_MS;
const RECORDED_SECONDS = 3;

// dBFS: the ends of the bar; a voice that is squashed, one that is clear to others, and the least that is not the room.
const [BAR_FROM, BAR_TO] = [-60, -6];
const [SQUASHED, CLEAR, FAINT] = [-9, -38, -52];

const SAID = {
  ask: "Allow the microphone when your browser asks.",
  begin: "Say something.",
  good: "We can hear you.",
  quiet: "That is very quiet: move closer.",
  loud: "That is too loud: move back a little.",
  nothing: "Nothing is heard. Is it switched off? Try another one.",
  gone: "That microphone is gone. Test again to use another one.",
  record: `Speak now: ${RECORDED_SECONDS} seconds are recorded.`,
  play: "This is how you sound.",
};

const calm = matchMedia("(prefers-reduced-motion: reduce)");

class SoundCheck {
  #panel = null;
  #track = null;
  #loudness = null;
  #timer = 0;
  #turn = 0;
  #level = 0;
  #told = 0;
  #began = 0;
  #recent = [];
  #heard = false;
  #replaying = false;

  press(panel) {
    if (panel.dataset.state !== "off") return this.stop();
    this.stop();
    this.#panel = panel;
    this.#show("asking", SAID.ask);
    this.#open();
  }

  change(deviceId) {
    choose(deviceId);
    this.#release();
    this.#open();
  }

  stop(sentence = "") {
    if (!this.#panel) return;
    this.#release();
    this.#show("off", sentence);
    this.#panel = null;
  }

  /** Devices come and go while the page is open. */
  async list() {
    const [turn, found] = [this.#turn, await microphones()];
    if (!this.#track || turn !== this.#turn) return;
    const select = this.#part("device");
    select.replaceChildren(...found.map(({ label, deviceId }) => new Option(label, deviceId)));
    select.value = this.#track.getSettings().deviceId;
  }

  async hear() {
    if (!this.#loudness || this.#replaying) return;
    const [turn, loudness] = [this.#turn, this.#loudness];
    this.#replay(true, SAID.record);
    // Cut off by Stop or another microphone, there is nothing to decode or nowhere to play it.
    const recording = await loudness.record(RECORDED_SECONDS).catch(() => null);
    if (turn !== this.#turn) return;
    if (recording) {
      this.#say(SAID.play);
      await loudness.play(recording);
    }
    if (turn === this.#turn) this.#replay(false, SAID.begin);
  }

  async #open() {
    const turn = this.#turn;
    try {
      const track = await openMicrophone();
      if (turn !== this.#turn || !this.#panel.isConnected) return track.stop();
      this.#track = track;
      track.onended = () => this.stop(SAID.gone);
      this.#loudness = new Loudness(track);
      this.#timer = setInterval(() => this.#look(), LOOK_MS);
      this.#began = performance.now();
      this.#show("testing", SAID.begin);
      await this.list();
    } catch (error) {
      if (turn === this.#turn) this.stop(why(error));
    }
  }

  #release() {
    this.#turn += 1;
    clearInterval(this.#timer);
    this.#track?.stop();
    this.#loudness?.close();
    this.#track = this.#loudness = null;
    this.#recent = [];
    this.#heard = false;
    this.#level = 0;
    this.#draw();
    this.#part("level").ariaValueNow = "0";
    this.#replay(false);
  }

  #look() {
    if (!this.#panel.isConnected) return this.stop();
    const now = this.#loudness.read();
    const level = Math.min(1, Math.max(0, (now - BAR_FROM) / (BAR_TO - BAR_FROM)));
    this.#level += (level - this.#level) * (level > this.#level ? 0.7 : 0.2);
    this.#recent = [...this.#recent, now].slice(-REMEMBERED);
    const tell = performance.now() - this.#told >= TELL_MS;
    if (tell || !calm.matches) this.#draw();
    if (tell) this.#tell();
  }

  #tell() {
    this.#told = performance.now();
    this.#part("level").ariaValueNow = String(Math.round(this.#level * 100));
    if (!this.#replaying) this.#say(SAID[this.#verdict()]);
  }

  /** One clear moment is a click of the tongue, a loud one a laugh; a faint one may be on its way up. */
  #verdict() {
    const above = (line) => this.#recent.filter((decibels) => decibels > line).length;
    const clear = above(CLEAR) >= 3;
    const faint = above(FAINT) >= 15;
    this.#heard ||= clear || faint;
    if (above(SQUASHED) >= 8) return "loud";
    if (clear) return "good";
    if (faint) return "quiet";
    return this.#heard || performance.now() - this.#began < PATIENCE_MS ? "begin" : "nothing";
  }

  #draw() {
    this.#part("level").firstElementChild.style.setProperty("--level", this.#level.toFixed(3));
  }

  #replay(now, sentence = "") {
    this.#replaying = now;
    this.#part("hear").ariaDisabled = String(now);
    if (sentence) this.#say(sentence);
  }

  #show(state, sentence) {
    this.#panel.dataset.state = state;
    for (const part of this.#panel.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.includes(state);
    this.#say(sentence);
  }

  /** Words change only when they differ: a status line that is rewritten is read out again. */
  #say(sentence) {
    const line = this.#part("said");
    if (line.textContent !== sentence) line.textContent = sentence;
  }

  #part(name) {
    return this.#panel.querySelector(`#soundcheck-${name}`);
  }
}

const check = new SoundCheck();

document.addEventListener("click", ({ target }) => {
  if (target.closest("#soundcheck-act")) check.press(document.getElementById("soundcheck"));
  if (target.closest("#soundcheck-hear")) check.hear();
});
document.addEventListener("change", ({ target }) => target.id === "soundcheck-device" && check.change(target.value));
document.addEventListener("submit", () => check.stop());
navigator.mediaDevices?.addEventListener("devicechange", () => check.list());
addEventListener("pagehide", () => check.stop());
