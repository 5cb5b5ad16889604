/**
 * The dock: reads what the server says about this person (#dock-body), lets sound and microphone follow, and shows
 * how they are. On #dock, for the stylesheet and for tests: data-sound, data-mic, data-session, data-uplink.
 */
import { microphone } from "./microphone.js";
import { sound } from "./sound.js";
import "./voices.js";

const audio = document.getElementById("sound");
const VOLUME = "openfloor-volume";
audio.volume = Number(localStorage.getItem(VOLUME) ?? 1);

const SOUND = {
  off: {},
  connecting: { words: "Connecting…" },
  playing: {},
  blocked: { words: "Your browser waits for a tap before it plays.", act: "Tap to hear" },
  lost: { words: "Sound is coming back…" },
  full: { words: "This server is full right now. You will hear the Space as soon as there is room." },
  elsewhere: { words: "Playing in another window.", act: "Listen here" },
  refused: { words: "The sound cannot start here.", act: "Try again" },
};
const ACTS = { blocked: () => sound.play(), elsewhere: () => sound.listen(), refused: () => sound.listen() };

/** Follows the page. `loading`: nobody pressed anything, so a window that already plays keeps the sound. */
function follow(loading) {
  const body = document.getElementById("dock-body")?.dataset;
  const inside = body?.inside === "1" && body.live === "1";
  const title = document.getElementById("dock-title")?.textContent.trim();
  sound.follow(inside ? { slug: body.space, title, whep: body.whep } : null, loading === true);
  followMicrophone();
  show();
}

/** The window that plays is the one that speaks. */
function followMicrophone() {
  const body = document.getElementById("dock-body")?.dataset;
  const here = Boolean(sound.space) && sound.state !== "elsewhere";
  microphone.follow({ whip: body?.whip ?? "", open: body?.seat === "open", here });
}

function show() {
  const dock = document.getElementById("dock");
  Object.assign(dock.dataset, { sound: sound.state, mic: microphone.state, session: sound.session, uplink: microphone.session });
  if (!document.getElementById("dock-body")) return;
  document.getElementById("volume").value = Math.round(audio.volume * 100);
  const { words = "", act = "" } = SOUND[sound.state];
  put("sound-state", sound.state === "refused" && sound.sentence ? sound.sentence : words);
  put("sound-act", act);
  put("queue-state", place());
  put("mic-state", microphone.sentence);
  put("mic-act", ["refused", "elsewhere", "error"].includes(microphone.state) ? "Try again" : "");
}

const ENDINGS = { one: "st", two: "nd", few: "rd", other: "th" };
const ordinals = new Intl.PluralRules("en", { type: "ordinal" });

/** Where one stands with a raised hand: the queue is the same for everybody, so it is told once for all. */
function place() {
  const { me, hand } = document.getElementById("dock-body").dataset;
  const number = document.getElementById("dock-title").dataset.queue.split(" ").indexOf(me) + 1;
  if (hand !== "raised" || !number) return "";
  return number === 1 ? "You are next in the queue." : `You are ${number}${ENDINGS[ordinals.select(number)]} in the queue.`;
}

/** Words change only when they differ: a status line that is rewritten is read out again. */
function put(id, words) {
  const element = document.getElementById(id);
  if (element.textContent !== words) element.textContent = words;
  if (element.tagName === "BUTTON") element.hidden = !words;
}

let before = "off";
sound.addEventListener("change", () => {
  if (sound.state === "lost" && before === "playing") microphone.renew();
  before = sound.state;
  followMicrophone();
  show();
});
microphone.addEventListener("change", show);

document.addEventListener("htmx:afterSwap", follow);
document.addEventListener("htmx:oobAfterSwap", follow);
document.addEventListener("click", ({ target }) => {
  if (target.closest("#sound-act")) ACTS[sound.state]?.();
  if (target.closest("#mic-act")) microphone.ask();
});
document.addEventListener("input", ({ target }) => {
  if (target.id !== "volume") return;
  audio.volume = target.value / 100;
  localStorage.setItem(VOLUME, audio.volume);
});

// A host is asked how they go; whatever they answer, the question is gone.
document.addEventListener("htmx:oobAfterSwap", ({ detail: { target } }) => {
  if (target.id === "leave-or-end" && !target.open) target.showModal();
});
document.addEventListener("submit", ({ target }) => target.closest("#leave-or-end")?.close());
document.addEventListener("click", ({ target }) => {
  if (target.closest("#leave-or-end button:not([type='submit'])")) target.closest("dialog").close();
});

addEventListener("pagehide", () => microphone.stop({ tell: true }));

follow(true);
