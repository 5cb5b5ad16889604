/** Passes a Space's link on: the system's share sheet on a phone, the clipboard elsewhere. */
import { say } from "./notice.js";

const SHOWN_MS = 3000;

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-share]");
  if (!button) return;
  const { share: url, shareTitle: title } = button.dataset;
  if (navigator.share && matchMedia("(pointer: coarse)").matches) {
    await navigator.share({ title, url }).catch(() => {});
    return;
  }
  try {
    await navigator.clipboard.writeText(url);
  } catch {
    // No clipboard without https: the link is said instead, where it can be selected.
    return say(`The link is ${url}`);
  }
  const words = button.querySelector("[data-share-words]");
  const before = (button.dataset.words ??= words.textContent);
  words.textContent = "Link copied";
  setTimeout(() => (words.textContent = before), SHOWN_MS);
});
