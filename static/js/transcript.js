/** Lights the line of the transcript that is heard. Clicks on lines are those of moments.js. */
import { player } from "./moments.js";

let lines = [];
let lit = null;

/** The last line that has begun, unless it is over: lines are in order of their moments. */
function heard(ms) {
  let [from, to] = [0, lines.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (Number(lines[middle].dataset.seek) <= ms) from = middle + 1;
    else to = middle;
  }
  const line = lines[from - 1];
  return line && ms < Number(line.dataset.until) ? line : null;
}

function show() {
  const audio = player();
  if (!audio || !lines.length) return;
  const now = heard(audio.currentTime * 1000);
  if (now === lit) return;
  lit?.removeAttribute("aria-current");
  now?.setAttribute("aria-current", "true");
  lit = now;
}

function ready() {
  lines = [...document.querySelectorAll("#transcript .said")];
  lit = null;
  show();
}

// Media events do not bubble.
for (const event of ["timeupdate", "seeked"]) {
  document.addEventListener(event, ({ target }) => target.id === "replay-audio" && show(), true);
}
document.addEventListener("htmx:afterSettle", ready);
ready();
