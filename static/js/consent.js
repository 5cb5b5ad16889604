/**
 * Recording, as one notices it: the question to whoever is on stage stays in front as long as the dock asks it, and a
 * sentence says when recording begins and ends.
 */
import { say } from "./notice.js";

const asked = () => document.getElementById("consent");

/** In front of everything, also after a reload, on another page and in another window. */
function show() {
  const dialog = asked();
  if (!dialog || dialog.open) return;
  dialog.showModal();
  // Not by `autofocus`: htmx would go back there with each piece of news.
  document.getElementById("consent-title").focus();
  dialog.oncancel = (event) => event.preventDefault();
  // A browser may close it all the same when asked twice.
  dialog.onclose = show;
}

/** The question is answered, in whichever window, or its time is over: the focus goes back to where it was. */
function putAway(body) {
  const dialog = asked();
  if (!dialog || body.querySelector("#consent")) return;
  dialog.onclose = null;
  dialog.close();
  dialog.remove();
  if (body.dataset.recorded === "none") say("You did not answer in time, so you are not in the recording.");
}

/** For everybody who looks at the Space or is in it; of whoever is both the dock says it. A planned one has no recording
 *  yet, and what is told then is that it has started. */
function announce({ dataset: before }, { dataset: now }) {
  if (before.space !== now.space || !before.recording || before.recording === now.recording || now.live === "0") return;
  say(now.recording === "1" ? "This Space is being recorded now." : "Recording has stopped.");
}

document.addEventListener("htmx:oobBeforeSwap", ({ defaultPrevented, target, detail: { fragment } }) => {
  const news = fragment.firstElementChild;
  if (defaultPrevented || !news) return;
  const dock = document.getElementById("dock-title")?.dataset.space;
  if (target.id === "dock-body") putAway(news);
  if (target.id === "dock-title" || (target.id === "space-header" && target.dataset.space !== dock)) announce(target, news);
});
document.addEventListener("htmx:oobAfterSwap", show);
document.addEventListener("htmx:afterSwap", show);
show();
