/** The account's socket follows one from page to page; here is what follows when it has nobody to speak to any more. */

const SIGNED_OUT = 4401;
const ONCE_IN_MS = 60_000;
let next = 0;

/** Signed out in another window, or in again since: the bar, the list, and a new socket if there is an account. */
document.addEventListener("htmx:wsClose", ({ target, detail }) => {
  if (target.id !== "account" || detail.event.code !== SIGNED_OUT || performance.now() < next) return;
  next = performance.now() + ONCE_IN_MS;
  const here = location.pathname + location.search;
  // Only some pages have the list.
  const selectOOB = document.getElementById("for-you") ? "#nav:morph,#for-you" : "#nav:morph";
  htmx.ajax("GET", here, { target: "#account", select: "#account", selectOOB, swap: "outerHTML" });
});
