/**
 * What one says: asks for the microphone when a seat is granted and keeps an uplink open. Emits "change"; `state` is
 * off, asking, sending, lost, elsewhere, refused (by the person or the browser) or error.
 */
import { openMicrophone, why } from "./devices.js";
import { Uplink, sessionId } from "./rtc.js";

class Microphone extends EventTarget {
  state = "off";
  sentence = "";
  #whip = "";
  #open = false;
  #uplink = null;
  #track = null;

  get session() {
    return this.#uplink?.location ? sessionId(this.#uplink.location) : "";
  }

  /** 0..1 while the microphone is open: how loud one is. */
  get level() {
    return this.#open && this.state === "sending" ? this.#uplink.level : 0;
  }

  /** `whip`: where to speak, empty without a seat. `open`: not muted, by the server's word. `here`: not in another window. */
  follow({ whip, open, here }) {
    this.#open = open;
    if (this.#track) this.#track.enabled = open;
    const seated = Boolean(whip);
    if (!here) whip = "";
    if (whip === this.#whip) return;
    this.stop({ tell: seated });
    this.#whip = whip;
    if (whip) this.ask();
  }

  async ask() {
    const whip = this.#whip;
    this.#set("asking");
    try {
      const track = await openMicrophone();
      if (whip !== this.#whip || this.#track) return track.stop();
      this.#speak(whip, track);
    } catch (error) {
      if (whip !== this.#whip) return;
      const refused = error.name === "NotAllowedError";
      this.#set(refused ? "refused" : "error", why(error));
    }
  }

  /** The relay is gone for one's ears, so it is gone for one's voice. */
  renew() {
    this.#uplink?.renew();
  }

  stop({ tell }) {
    this.#release(tell);
    this.#whip = "";
    this.#set("off");
  }

  #speak(whip, track) {
    track.enabled = this.#open;
    this.#track = track;
    track.onended = () => {
      this.#release(true);
      this.#set("error", why({ name: "NotFoundError" }));
    };
    const uplink = (this.#uplink = new Uplink(whip, track));
    uplink.addEventListener("state", () => uplink === this.#uplink && this.#went(uplink));
    uplink.start();
  }

  #went({ state, refusal }) {
    if (state === "on") this.#set("sending");
    if (state === "connecting") this.#set("asking");
    if (state === "lost") this.#set("lost", refusal?.message ?? "Your microphone is coming back…");
    if (state === "refused") {
      this.#release();
      this.#set(refusal.code === "uplink_elsewhere" ? "elsewhere" : "error", refusal.message);
    }
  }

  #release(tell) {
    const [uplink, track] = [this.#uplink, this.#track];
    this.#uplink = this.#track = null;
    uplink?.stop({ tell });
    track?.stop();
  }

  #set(state, sentence = "") {
    Object.assign(this, { state, sentence });
    this.dispatchEvent(new Event("change"));
  }
}

export const microphone = new Microphone();
