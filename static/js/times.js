/**
 * Times in the reader's own zone and language (_time.html), and what remains until one (_countdown.html). The server
 * writes UTC; news is rewritten before it is swapped in, so that nothing flickers back.
 */
const PAGE = document.documentElement.lang;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
// From here on every second is shown.
const CLOSE = 10 * MINUTE;
const RELATIVE_MS = 15_000;

const day = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
const hour = { hour: "numeric", minute: "2-digit" };
const clock = { ...hour, timeZoneName: "short" };
const formats = Object.fromEntries(
  Object.entries({ date: day, time: clock, clock: hour, both: { ...day, ...clock } }).map(([style, options]) => [style, format(options)]),
);
// Part of an English sentence, so in the page's language.
const relative = new Intl.RelativeTimeFormat(PAGE);

/** Some systems name languages that are none ("en-US@posix"). */
function format(options) {
  try {
    return new Intl.DateTimeFormat(navigator.languages, options);
  } catch {
    return new Intl.DateTimeFormat(PAGE, options);
  }
}

/** How far this computer's clock is ahead of the server's (ms). A page the browser had kept says nothing about it. */
const ahead = (() => {
  const served = Number(document.querySelector('meta[name="now"]').content) * 1000;
  const [visit] = performance.getEntriesByType("navigation");
  return visit?.transferSize ? Date.now() - performance.now() + visit.responseStart - served : 0;
})();
/** Seconds from now, by the server's clock, until that instant (ISO 8601). */
export const until = (instant) => Math.ceil((Date.parse(instant) - Date.now() + ahead) / 1000);
const left = (element) => until(element.dateTime);

function since(seconds) {
  const [unit, size] = [["day", DAY], ["hour", HOUR]].find(([, size]) => Math.abs(seconds) >= size) ?? ["minute", MINUTE];
  const count = Math.trunc(seconds / size);
  return count ? relative.format(count, unit) : "just now";
}

function remaining(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  if (seconds < CLOSE) return `${Math.floor(seconds / MINUTE)}:${two(seconds % MINUTE)}`;
  const [hours, minutes] = [Math.floor(seconds / HOUR), Math.floor((seconds % HOUR) / MINUTE)];
  if (!hours) return `${minutes} min`;
  return hours < 48 ? `${hours} h ${minutes} min` : `${Math.floor(hours / 24)} days`;
}

const COUNTDOWNS = {
  in: (seconds) => (seconds > 0 ? `in ${remaining(seconds)}` : "now"),
  starts: (seconds) => (seconds > 0 ? `starts in ${remaining(seconds)}` : "starting now"),
  turn: (seconds) => remaining(Math.max(0, seconds)),
};

/** Writes only what differs: news that changes nothing leaves no trace. */
function put(element, facts) {
  for (const [name, value] of Object.entries(facts)) {
    if (element[name] !== value) element[name] = value;
  }
}

function count(root) {
  for (const element of root.querySelectorAll("time[data-countdown]")) {
    put(element, { textContent: COUNTDOWNS[element.dataset.countdown](left(element)) });
  }
}

function show(root) {
  const { locale: lang } = formats.both.resolvedOptions();
  for (const element of root.querySelectorAll("time[data-when]")) {
    const { dateTime, dataset: { when } } = element;
    const at = new Date(dateTime);
    if (when === "relative") put(element, { textContent: since(left(element)), title: formats.both.format(at) });
    else put(element, { textContent: formats[when].format(at), lang });
  }
  count(root);
}

/** Each number changes when its own second is over. */
let timer = 0;
function tick() {
  clearTimeout(timer);
  count(document);
  const running = [...document.querySelectorAll("time[data-countdown]")].filter((element) => left(element) > 0);
  if (!running.length) return;
  const over = running.map((element) => (Date.parse(element.dateTime) - Date.now() + ahead) % 1000);
  timer = setTimeout(tick, Math.min(...over) + 1);
}

function follow() {
  show(document);
  tick();
}
document.addEventListener("htmx:oobBeforeSwap", ({ detail: { fragment } }) => show(fragment));
document.addEventListener("htmx:oobAfterSwap", follow);
document.addEventListener("htmx:afterSwap", follow);
document.addEventListener("visibilitychange", follow);
setInterval(() => document.hidden || show(document), RELATIVE_MS);
follow();
