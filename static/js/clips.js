/** Cutting a clip of a replay, and playing one. */
import { player, seek, words } from "./moments.js";

const form = () => document.getElementById("clip-form");

// --- Cutting ---

function showExtent() {
  const inputs = form()?.elements;
  if (!inputs) return;
  const { start_ms, length_ms } = inputs;
  // A clip ends where its replay does.
  const most = Math.min(Number(length_ms.dataset.most ??= length_ms.max), length_ms.dataset.end - start_ms.value);
  length_ms.max = Math.max(Number(length_ms.min), most);
  for (const input of [start_ms, length_ms]) {
    const text = words(input.value / 1000);
    form().querySelector(`output[for="${input.id}"]`).textContent = text;
    input.setAttribute("aria-valuetext", text);
  }
}

document.addEventListener("input", ({ target }) => target.form === form() && showExtent());
document.addEventListener("toggle", ({ target }) => target.matches?.(".clip-maker") && showExtent(), true);
document.addEventListener("click", ({ target }) => {
  if (target.closest("#clip-here")) {
    form().elements.start_ms.value = player().currentTime * 1000;
    showExtent();
  } else if (target.closest("#clip-listen")) {
    const { start_ms, length_ms } = form().elements;
    seek(Number(start_ms.value));
    stopAt = (Number(start_ms.value) + Number(length_ms.value)) / 1000;
    player().play();
  }
});

// Listening to what will be cut ends where it ends; whoever goes elsewhere meanwhile just listens.
let stopAt = null;
document.addEventListener("timeupdate", ({ target }) => target.id === "replay-audio" && stopPreview(target), true);
function stopPreview(audio) {
  if (stopAt === null || audio.currentTime < stopAt) return;
  if (audio.currentTime < stopAt + 1) audio.pause();
  stopAt = null;
}

// --- Playing ---

const clip = () => document.getElementById("clip-audio");
const extent = () => {
  const { from, until } = clip().closest(".clip-player").dataset;
  return [from / 1000, until / 1000];
};

function dress() {
  const audio = clip();
  if (!audio?.controls) return;
  audio.controls = false;
  showClip();
}

function showClip() {
  const audio = clip();
  const [from, until] = extent();
  if (audio.currentTime >= until && !audio.paused) audio.pause();
  const at = Math.min(Math.max(audio.currentTime - from, 0), until - from);
  const box = audio.closest(".clip-player");
  box.style.setProperty("--played", `${(100 * at) / (until - from)}%`);
  box.querySelector("[data-clip-at]").textContent = words(at);
  const slider = document.getElementById("clip-at");
  slider.value = at * 1000;
  slider.setAttribute("aria-valuetext", `${words(at)} of ${words(until - from)}`);
  const button = document.getElementById("clip-play");
  button.setAttribute("aria-pressed", String(!audio.paused));
  button.querySelector(".sr").textContent = audio.paused ? "Play" : "Pause";
}

for (const event of ["timeupdate", "play", "pause", "seeked", "loadedmetadata"]) {
  document.addEventListener(event, ({ target }) => target.id === "clip-audio" && showClip(), true);
}
document.addEventListener("click", ({ target }) => {
  if (!target.closest("#clip-play")) return;
  const audio = clip();
  const [from, until] = extent();
  if (!audio.paused) return audio.pause();
  // From its own beginning: before the first sound browsers may stand at that of the whole replay.
  if (audio.currentTime < from || audio.currentTime >= until - 0.05) audio.currentTime = from;
  audio.play();
});
document.addEventListener("input", ({ target }) => {
  if (target.id === "clip-at") clip().currentTime = extent()[0] + target.value / 1000;
});
document.addEventListener("htmx:afterSettle", dress);
dress();
