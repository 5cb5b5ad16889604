/** The home page asks for its list anew when one presses for what has come, or comes back after long; nothing under the
    pointer or the focus moves. Single cards change in place, by the socket. */

const AWAY_MS = 120_000;

/** The card one is at: under the pointer, with the focus, or the first in view. */
function anchor() {
  const inView = (place) => place.getBoundingClientRect().bottom > 0;
  return (
    document.querySelector(".space-place:hover, .space-place:focus-within") ??
    [...document.querySelectorAll(".space-place")].find(inView)
  );
}

async function refetch() {
  const at = document.documentElement.scrollTop > 0 && anchor();
  const before = at && at.getBoundingClientRect().top;
  const here = location.pathname + location.search;
  const selectOOB = "#home-socket,#newcomers";
  await htmx.ajax("GET", here, { target: "#spaces", select: "#spaces", selectOOB, swap: "morph" });
  // A card that is still listed keeps its element, wherever the list has put it.
  if (at?.isConnected) scrollBy({ top: at.getBoundingClientRect().top - before, behavior: "instant" });
}

document.addEventListener("click", ({ target }) => {
  if (target.closest?.("[data-refetch]")) refetch();
});

let hidden = Infinity;
document.addEventListener("visibilitychange", () => {
  if (document.hidden) hidden = performance.now();
  else if (performance.now() - hidden > AWAY_MS && document.getElementById("home-socket")) refetch();
});
