/**
 * News and commands: what htmx and its sockets need on top of their attributes. Commands go over HTTP, news comes over
 * the socket, both as elements with an id, the Space they speak of and its version.
 */
import { csrfToken } from "./http.js";
import { expire, say } from "./notice.js";

const FINAL = new Set([4401, 4403, 4404]);
// The ws extension reconnects by itself after these and no others.
const HTMX_RECONNECTS = new Set([1006, 1011, 1012, 1013]);
// Pages of one Space that the server is asked for at once.
const PAGES_PER_SECOND = 40;
// News may pause this long before the dock mentions it.
const PATIENCE_MS = 3000;

const reconnectDelay = (retry) => Math.min(4000, 300 * retry * retry) + Math.random() * 1000;
htmx.config.wsReconnectDelay = reconnectDelay;

/** A socket whose page is left before it was open is closed once it is: browsers report the other as an error. */
htmx.createWebSocket = (url) => {
  const socket = new WebSocket(url);
  const close = socket.close.bind(socket);
  socket.close = () => {
    if (socket.readyState === WebSocket.CONNECTING) socket.addEventListener("open", () => close());
    else close();
  };
  return socket;
};

// An open menu or question stays open while the list around it changes, and what one has typed stays typed.
const OWN = { DETAILS: ["open"], DIALOG: ["open"], INPUT: ["value", "checked"], TEXTAREA: ["value", "rows"] };
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !OWN[node.tagName]?.includes(name);

/** Leaves out fragments whose element is not on this page: people browse while the dock's socket goes on. */
function onThisPage(html) {
  if (/<html[\s>]/i.test(html.slice(0, 200))) return html;
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const element of template.content.querySelectorAll("[hx-swap-oob]")) {
    if (element.id && !document.getElementById(element.id)) element.remove();
  }
  return template.innerHTML;
}

htmx.defineExtension("live", { transformResponse: onThisPage });

document.addEventListener("htmx:configRequest", ({ detail }) => {
  detail.headers["X-CSRFToken"] = csrfToken();
});

// Leaving, joining and starting answer with the page and the dock themselves; news of it would only come in between, or
// take the button away that asked.
const ANSWERED = ["dock-body", "for-you", "thread"];
let moving = false;
for (const [event, now] of [["htmx:beforeRequest", true], ["htmx:afterRequest", false]]) {
  document.addEventListener(event, ({ detail }) => {
    if (detail.requestConfig.elt.getAttribute("hx-select-oob")?.startsWith("#dock")) moving = now;
  });
}

/** Old news, or news of another Space than the one this element shows, is dropped. */
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (moving && ANSWERED.includes(event.target.id)) return event.preventDefault();
  const shown = event.target.dataset;
  const news = event.detail.fragment.firstElementChild?.dataset;
  if (!news || !shown.version || !news.version) return;
  if (shown.space !== news.space || Number(news.version) < Number(shown.version)) return event.preventDefault();
  if (event.target.id !== "space-header") return;
  audience = Number(shown.listeners ?? 0);
  if (shown.state === "scheduled" && !moving) announce(shown, news);
});

/** What became of a planned Space, for whoever looks at its page. */
function announce(before, { state, at }) {
  if (state === "live") say("It has started.");
  else if (state !== "scheduled") say("This Space will not take place.");
  else if (at !== before.at) say("This Space has another time now.");
}

const page = () => document.querySelector("[data-space-page]");
const isHere = (space) => page()?.dataset.spacePage === space;

/** Whether the page was made for something else than its header says: a Space to come, over, or open to guests. */
function isOutOfDate() {
  const made = page()?.dataset ?? {};
  const now = document.getElementById("space-header")?.dataset;
  return now && ["state", "live", "door"].some((fact) => made[fact] && made[fact] !== now[fact]);
}

/** The header has told the news; of a big audience not everybody asks for the rest of the page in the same second. */
let audience = 0;
let due = 0;
function catchUp() {
  const wait = audience > PAGES_PER_SECOND ? (Math.random() * audience * 1000) / PAGES_PER_SECOND : 0;
  due ||= setTimeout(() => {
    due = 0;
    if (isOutOfDate()) refresh({ whole: true });
  }, wait);
}

/** This person is not in the Space of the dock any more, by whoever's doing. On another page a sentence says why. */
function left({ space, title, why }) {
  if (moving || asking || isOutOfDate()) return;
  // Of a private Space somebody removed is told no title.
  if (!isHere(space)) say(`You are no longer in ${title ? `“${title}”` : "that Space"}. ${why}`);
  refresh({ whole: isHere(space) });
}

document.addEventListener("htmx:oobAfterSwap", ({ detail: { target } }) => {
  if (target.id === "notice") expire();
  if (target.id === "space-header" && isOutOfDate()) catchUp();
  if (target.id === "dock-body" && target.dataset.inside === "0") left(target.dataset);
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  // `detail.elt` is where the answer goes; what asked for it is in the request.
  const { xhr, requestConfig: { elt } } = detail;
  const elsewhere = elt.dataset.leave && !isHere(elt.dataset.leave);
  const isPage = /id="main"/.test(xhr.response);
  // A refusal of a command is a notice and no page: the page stays, and what the answer brings is news.
  if (elsewhere || !isPage) detail.swapOverride = "none";
  moving &&= isPage;
  // htmx looks for the fragments' places from the button that asked; news may have removed it in the meantime.
  if (!elt.isConnected) {
    detail.shouldSwap = false;
    htmx.swap(document.body, onThisPage(xhr.response), { swapStyle: "none" });
  }
  if (xhr.status >= 400 && !/id="(main|notice)"/.test(xhr.response)) {
    say("That did not work. Reload the page and try again.");
  }
});
// A command may have arrived, and its answer have been lost.
for (const failure of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, () => say("The server cannot be reached. Before you try again, see whether it was done."));
}
// Back to a page that is gone: let the browser show what is there instead.
document.addEventListener("htmx:historyCacheMissLoadError", () => location.reload());

let retries = 0;
let offline = 0;
document.addEventListener("htmx:wsOpen", ({ target }) => {
  retries = 0;
  if (target.id !== "live") return;
  clearTimeout(offline);
  showNews("on");
});
document.addEventListener("htmx:wsClose", ({ target, detail }) => {
  const { code } = detail.event;
  if (FINAL.has(code)) {
    // account.js looks after its own.
    if (target.id === "account") return;
    return refresh({ whole: target.id !== "live" || isHere(document.getElementById("dock-body")?.dataset.space) });
  }
  if (!HTMX_RECONNECTS.has(code)) {
    setTimeout(() => target.isConnected && detail.socketWrapper.reconnect(), reconnectDelay(retries++));
  }
  if (target.id !== "live") return;
  clearTimeout(offline);
  offline = setTimeout(() => showNews("off"), PATIENCE_MS);
});

function showNews(state) {
  const dock = document.getElementById("dock");
  dock.dataset.news = state;
  const line = document.getElementById("news-state");
  if (line) line.textContent = state === "off" ? "News of the room is paused, reconnecting. The sound goes on." : "";
}

/** Asks the server what the dock is now; the whole page where it is about that. One is not led away from another. */
let asking = false;
async function refresh({ whole }) {
  if (moving || asking) return;
  asking = true;
  const what = whole ? { target: "#main", select: "#main", selectOOB: "#dock" } : { target: "#dock", select: "#dock" };
  try {
    await htmx.ajax("GET", location.pathname + location.search, { ...what, swap: "outerHTML" });
  } finally {
    asking = false;
  }
}
