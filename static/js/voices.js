/**
 * Who is talking, from the packets one hears (CSRC list, RFC 3550, 5.1), so that it is in step with the sound and
 * costs neither socket nor database. One's own voice is not in one's own mix; its level comes from the microphone.
 */
import { microphone } from "./microphone.js";
import { sound } from "./sound.js";

const LOOK_MS = 100;
// A ring that goes out between two words would flicker.
const HOLD_MS = 350;
const OWN_VOICE = 0.01;

const heardAt = new Map();
const reported = new Map();
let shown = "";

setInterval(() => {
  if (document.hidden) return;
  const now = performance.now();
  for (const { source, timestamp } of sound.receiver?.getContributingSources() ?? []) {
    if (reported.get(source) !== timestamp) heardAt.set(source, now);
    reported.set(source, timestamp);
  }
  const own = Number(document.getElementById("dock-body")?.dataset.csrc);
  if (own && microphone.level > OWN_VOICE) heardAt.set(own, now);
  for (const [source, at] of heardAt) {
    if (now - at > HOLD_MS) heardAt.delete(source);
  }
  const voices = [...heardAt.keys()].sort().join(" ");
  if (voices !== shown) show((shown = voices));
}, LOOK_MS);

// A tile that news has just rendered knows nothing of voices.
document.addEventListener("htmx:oobAfterSwap", () => show(shown));
document.addEventListener("htmx:afterSwap", () => show(shown));

function show(voices) {
  const talking = new Set(voices.split(" "));
  for (const tile of document.querySelectorAll("[data-csrc].tile")) {
    tile.classList.toggle("speaking", talking.has(tile.dataset.csrc));
  }
  const dock = document.getElementById("dock");
  if (dock) dock.dataset.voices = voices;
}
