/** One sentence to the person, in the page's only status line; it leaves by itself. */

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
  timer = setTimeout(() => document.getElementById("notice").replaceChildren(), SECONDS * 1000);
}
