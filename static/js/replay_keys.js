/** A replay by keyboard: on its slider always, elsewhere on the page unless one has switched that off (WCAG 2.1.4). */

const OFF = "openfloor-replay-keys-off";
const STEP = 5;
const LEAP = 15;
const PAGE = 60;
// What needs its own keys.
const TYPED = "input, textarea, select, [contenteditable], dialog, summary";
const PRESSED = `${TYPED}, button, a`;

export const keysWork = () => localStorage.getItem(OFF) === null;

export function useKeys(on) {
  if (on) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
}

const ON_SLIDER = {
  ArrowLeft: (player) => player.skip(-STEP),
  ArrowDown: (player) => player.skip(-STEP),
  ArrowRight: (player) => player.skip(STEP),
  ArrowUp: (player) => player.skip(STEP),
  PageDown: (player) => player.skip(-PAGE),
  PageUp: (player) => player.skip(PAGE),
  Home: (player) => player.seek(0),
  End: (player) => player.seek(player.length),
  " ": (player) => player.toggle(),
  Enter: (player) => player.toggle(),
};
const ANYWHERE = {
  " ": (player) => player.toggle(),
  k: (player) => player.toggle(),
  ArrowLeft: (player) => player.skip(-STEP),
  ArrowRight: (player) => player.skip(STEP),
  j: (player) => player.skip(-LEAP),
  l: (player) => player.skip(LEAP),
  n: (player) => player.next(),
  m: (player) => (player.audio.muted = !player.audio.muted),
  "<": (player) => player.faster(-1),
  ">": (player) => player.faster(1),
};
for (let tenth = 0; tenth < 10; tenth++) ANYWHERE[tenth] = (player) => player.seek((player.length * tenth) / 10);

export function bindKeys(current) {
  document.addEventListener("keydown", (event) => {
    const player = current();
    if (!player || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const act = chosen(event, player);
    if (!act) return;
    event.preventDefault();
    act(player);
  });
}

function chosen({ key, target }, player) {
  if (target === player.slider && ON_SLIDER[key]) return ON_SLIDER[key];
  const own = key === " " ? PRESSED : TYPED;
  if (!keysWork() || target.closest?.(own)) return null;
  return ANYWHERE[key.length === 1 ? key.toLowerCase() : key];
}
