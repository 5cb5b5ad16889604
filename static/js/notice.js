/** One sentence to the person, in the page's only status line; it leaves by itself, or when it is in the way. */

const SECONDS = 8;
let timer = 0;

export function say(sentence) {
  const notice = document.getElementById("notice");
  const line = document.createElement("p");
  line.textContent = sentence;
  notice.replaceChildren(line);
  expire();
}

/** Starts the clock for whatever the server has put there. */
export function expire() {
  clearTimeout(timer);
  timer = setTimeout(putAway, SECONDS * 1000);
}

function putAway() {
  document.getElementById("notice").replaceChildren();
}

// Whatever lies below it can be seen and pressed at once (WCAG 2.4.11).
document.addEventListener("keydown", ({ key }) => key === "Escape" && putAway());
document.addEventListener("click", ({ target }) => target.closest?.("#notice") && putAway());
