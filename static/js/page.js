/** Small manners of every page: focus is never lost, menus close when one looks away. */

/** After boosted navigation a screen reader starts at the new content, as after a page load. */
document.addEventListener("htmx:pushedIntoHistory", () => {
  const focus = () => document.getElementById("main").focus({ preventScroll: true });
  document.addEventListener("htmx:afterSettle", focus, { once: true });
});

/** When the button one stood on is gone, focus goes to its neighbour or the content, not back to the top of the page. */
let stood = null;
document.addEventListener("focusin", ({ target }) => {
  stood = { on: target, within: target.closest("[data-version]")?.id };
});
function regain() {
  if (!stood || stood.on.isConnected || document.activeElement !== document.body) return;
  const neighbour = stood.within && document.querySelector(`#${stood.within} :is(button, summary)`);
  (neighbour || document.getElementById("main")).focus({ preventScroll: true });
}
document.addEventListener("htmx:oobAfterSwap", regain);
document.addEventListener("htmx:afterSettle", regain);

const openMenus = () => document.querySelectorAll("details.menu[open]");

// A menu lies over what comes next: it closes once the focus is there (WCAG 2.4.11).
document.addEventListener("focusin", ({ target }) => {
  for (const menu of openMenus()) menu.open = menu.contains(target);
});
document.addEventListener("click", ({ target }) => {
  for (const menu of openMenus()) {
    if (!menu.contains(target) || target.closest(".menu-items button")) menu.open = false;
  }
});
document.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/** A list of pages too wide for its screen shows the one that is open. */
function showWhere() {
  document.querySelector(".settings-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}
document.addEventListener("htmx:afterSettle", showWhere);
showWhere();
