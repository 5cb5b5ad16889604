/** Small manners of every page: focus follows a new page, menus close when one looks away. */

/** After boosted navigation a screen reader starts at the new content, as after a page load. */
document.addEventListener("htmx:pushedIntoHistory", () => {
  const focus = () => document.getElementById("main").focus({ preventScroll: true });
  document.addEventListener("htmx:afterSettle", focus, { once: true });
});

const openMenus = () => document.querySelectorAll("details.menu[open]");

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
