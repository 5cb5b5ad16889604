/**
 * What one hears: follows the Space of the dock with a downlink and plays it in <audio id="sound">. Emits "change";
 * `state` is off, connecting, playing, blocked, lost, full, elsewhere or refused.
 */
import { Downlink, sessionId } from "./rtc.js";
import * as tabs from "./tabs.js";

const audio = document.getElementById("sound");

class Sound extends EventTarget {
  state = "off";
  sentence = "";
  space = null;
  #downlink = null;

  get session() {
    return this.#downlink?.location ? sessionId(this.#downlink.location) : "";
  }

  get receiver() {
    return this.state === "playing" ? this.#downlink.receiver : null;
  }

  /** `space`: {slug, whep, title} or null. `polite`: leave it to a window that already plays. */
  async follow(space, polite) {
    if (space?.slug === this.space?.slug) return;
    this.stop();
    this.space = space;
    if (!space) return;
    this.#set("connecting");
    if (polite && (await tabs.playsElsewhere())) {
      if (this.space === space) this.#set("elsewhere");
      return;
    }
    if (this.space === space) this.listen();
  }

  /** Plays here, whoever played before. */
  listen() {
    tabs.take(() => {
      this.#hangUp();
      this.#set("elsewhere");
    });
    this.#hangUp();
    const downlink = (this.#downlink = new Downlink(this.space.whep));
    downlink.addEventListener("stream", () => {
      audio.srcObject = downlink.stream;
      this.play();
    });
    downlink.addEventListener("state", () => this.#heard(downlink));
    downlink.start();
    announce(this.space);
  }

  /** Called by a tap as well, when the browser wanted one first. */
  async play() {
    try {
      await audio.play();
      this.#set("playing");
    } catch (error) {
      // Anything else (AbortError) means that a newer stream has taken this one's place.
      if (error.name === "NotAllowedError") this.#set("blocked");
    }
  }

  /** Headphones pulled out, or the system's own pause: a tap brings the sound back. */
  paused() {
    if (this.state === "playing" && audio.srcObject?.active) this.#set("blocked");
  }

  /** `tell`: this page goes away, and the server does not know yet. */
  stop(tell) {
    this.#hangUp(tell);
    tabs.release();
    this.space = null;
    this.#set("off");
  }

  #hangUp(tell) {
    const downlink = this.#downlink;
    this.#downlink = null;
    downlink?.stop({ tell });
    audio.srcObject = null;
  }

  #heard(downlink) {
    if (downlink !== this.#downlink) return;
    const { state, refusal } = downlink;
    if (state === "connecting" || state === "lost") this.#set(refusal?.code === "full" ? "full" : state);
    // A stream that goes on playing after a refused replacement cannot be: the relay has closed it.
    if (state === "refused") {
      tabs.release();
      this.#set(refusal.code === "superseded" ? "elsewhere" : "refused", refusal.message);
    }
    if (state === "on" && audio.srcObject && !audio.paused) this.#set("playing");
  }

  #set(state, sentence = "") {
    Object.assign(this, { state, sentence });
    this.dispatchEvent(new Event("change"));
  }
}

export const sound = new Sound();

audio.addEventListener("pause", () => sound.paused());

// A page kept for Back must not keep the seat in the audience busy.
addEventListener("pagehide", () => {
  const { space } = sound;
  sound.stop(true);
  addEventListener("pageshow", ({ persisted }) => persisted && sound.follow(space, true), { once: true });
});

/** What a lock screen or a headset shows and does. */
function announce(space) {
  if (!navigator.mediaSession) return;
  navigator.mediaSession.metadata = new MediaMetadata({ title: space.title, artist: "Openfloor" });
  navigator.mediaSession.setActionHandler("play", () => sound.play());
  navigator.mediaSession.setActionHandler("pause", () => audio.pause());
  navigator.mediaSession.setActionHandler("stop", () => document.getElementById("leave")?.click());
}
