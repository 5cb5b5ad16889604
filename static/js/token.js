/** Fetches a bearer token for another program and shows it with the addresses to use it at. */
import { csrfToken } from "./http.js";
import { say } from "./notice.js";

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-token]");
  if (!button) return;
  const response = await fetch(button.dataset.token, { method: "POST", headers: { "X-CSRFToken": csrfToken() } }).catch(() => null);
  if (!response?.ok) return say("There is no token right now. Reload the page and try again.");
  const facts = await response.json();
  const list = button.parentElement.querySelector("dl");
  for (const place of list.querySelectorAll("[data-token-part]")) place.textContent = facts[place.dataset.tokenPart];
  list.hidden = false;
});
