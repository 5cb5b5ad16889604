/**
 * The page of notifications asks for its list anew when the bell tells of what it does not show yet. What is shown counts
 * as seen, so that a hidden window waits until it is looked at.
 */
const ONCE_IN_MS = 2000;
let due = 0;

function catchUp() {
  const list = document.getElementById("news");
  const latest = Number(document.getElementById("bell")?.dataset.latest ?? 0);
  if (due || !list || document.hidden || latest <= Number(list.dataset.upTo)) return;
  htmx.ajax("GET", location.pathname, { source: list, target: list, select: "#news", swap: "morph" });
  due = setTimeout(() => {
    due = 0;
    catchUp();
  }, ONCE_IN_MS);
}

document.addEventListener("htmx:oobAfterSwap", ({ detail: { target } }) => target.id === "bell" && catchUp());
document.addEventListener("htmx:afterSettle", catchUp);
document.addEventListener("visibilitychange", catchUp);
