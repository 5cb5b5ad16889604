/** Pages of messages: what is read is told, days stand above their first message, what is typed is sent and not lost. */
import { csrfToken } from "./http.js";

// With so many characters left one is told.
const NEAR = 100;
const MOST_ROWS = 8;
const withKeyboard = matchMedia("(hover: hover) and (pointer: fine)");
const grows = CSS.supports("field-sizing", "content");

/** By the reader's own clock, across the list and what was fetched from before it. */
function days(root) {
  let before = null;
  for (const { parentElement: line, dateTime } of root.querySelectorAll(".message-day time")) {
    const day = new Date(dateTime).toDateString();
    if (line.hidden !== (day === before)) line.hidden = day === before;
    before = day;
  }
}

/** Only what somebody can have seen; what comes while they look elsewhere waits until they look again. */
let told = 0;
async function tellRead() {
  const { unread, last, reading } = document.getElementById("thread")?.dataset ?? {};
  if (document.hidden || !Number(unread) || told === last) return;
  told = last;
  const body = new URLSearchParams({ up_to: last });
  const answer = await fetch(reading, { method: "PUT", headers: { "X-CSRFToken": csrfToken() }, body }).catch(() => null);
  // Tried again with the next news.
  if (!answer?.ok) told = 0;
}

function follow() {
  days(document);
  tellRead();
  for (const field of document.querySelectorAll(".composer textarea")) measure(field);
}
document.addEventListener("htmx:oobBeforeSwap", ({ detail: { fragment } }) => days(fragment));
document.addEventListener("htmx:oobAfterSwap", follow);
document.addEventListener("htmx:afterSettle", follow);
document.addEventListener("visibilitychange", tellRead);
follow();

function measure(field) {
  if (!grows) field.rows = Math.min(MOST_ROWS, field.value.split("\n").length);
  const left = field.dataset.most - [...field.value].length;
  const count = document.getElementById("message-count");
  const words = left < 0 ? `${-left} too many` : left < NEAR ? `${left} left` : "";
  if (count.textContent !== words) count.textContent = words;
  field.setAttribute("aria-invalid", left < 0);
}
document.addEventListener("input", ({ target }) => target.matches(".composer textarea") && measure(target));

// On a phone the key breaks the line, and the button sends.
document.addEventListener("keydown", (event) => {
  const { target, key, shiftKey, isComposing } = event;
  if (key !== "Enter" || shiftKey || isComposing || !withKeyboard.matches || !target.matches(".composer textarea")) return;
  event.preventDefault();
  if (target.value.trim()) target.form.requestSubmit();
});

/** What was sent leaves the field, and only that: somebody may have gone on typing. */
const sent = new WeakMap();
const field = (detail) => detail.requestConfig.elt.matches(".composer-form") && detail.requestConfig.elt.elements.text;
document.addEventListener("htmx:beforeSend", ({ detail }) => field(detail) && sent.set(field(detail), field(detail).value));
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const typed = detail.xhr.status < 400 && detail.successful && field(detail);
  if (!typed || typed.value !== sent.get(typed)) return;
  typed.value = "";
  measure(typed);
});
