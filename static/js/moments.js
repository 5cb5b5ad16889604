/**
 * The moment a replay is at, wherever its page speaks of it: links that start there, comments, clips. Knows of the player
 * its <audio id="replay-audio"> alone, and asks it to go somewhere by replay:seek.
 */

export const player = () => document.getElementById("replay-audio");
/** `12:34` or `1:02:03`. */
export function words(seconds) {
  const [h, m, s] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor);
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
export function seek(ms) {
  player()?.dispatchEvent(new CustomEvent("replay:seek", { detail: { ms } }));
}

// A comment belongs to the moment at which somebody began to write it, however long they write.
let written = null;

function show() {
  const audio = player();
  if (!audio) return;
  const now = audio.currentTime;
  for (const place of document.querySelectorAll("[data-now]")) put(place, words(now));
  const form = document.getElementById("comment-form");
  if (form) {
    const at = written ?? now;
    const { at_ms } = form.elements;
    // Before the first sound it is as the page says: where this replay begins.
    if (at > 0) at_ms.value = Math.round(at * 1000);
    put(form.querySelector("[data-comment-at]"), words(Number(at_ms.value) / 1000));
  }
  shareFrom(now);
}

function put(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

/** The link that is copied starts where it plays, if somebody wishes so. */
function shareFrom(now) {
  const box = document.getElementById("share-from");
  const button = box?.closest(".share-replay").querySelector("[data-share]");
  if (!button) return;
  const address = new URL(button.dataset.share);
  address.searchParams.delete("t");
  if (box.checked) address.searchParams.set("t", Math.floor(now));
  button.dataset.share = address.href;
}

function ready() {
  for (const part of document.querySelectorAll("[data-needs-script][hidden]")) part.hidden = false;
  written = null;
  show();
}

// Media events do not bubble.
for (const event of ["timeupdate", "seeked", "loadedmetadata"]) {
  document.addEventListener(event, ({ target }) => target.id === "replay-audio" && show(), true);
}
document.addEventListener("change", ({ target }) => target.id === "share-from" && show());
document.addEventListener("input", ({ target }) => {
  if (target.id !== "comment-text") return;
  written = target.value.trim() ? (written ?? player()?.currentTime ?? null) : null;
  show();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-seek]");
  if (!link || !player() || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  seek(Number(link.dataset.seek));
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful || !["comment-form", "clip-form"].includes(detail.elt.id)) return;
  detail.elt.reset();
  const maker = detail.elt.closest("details");
  if (maker) maker.open = false;
  written = null;
  show();
  detail.elt.dispatchEvent(new Event("input", { bubbles: true }));
});
document.addEventListener("htmx:afterSettle", ready);
ready();
