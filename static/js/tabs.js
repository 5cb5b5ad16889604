/** Which window of this browser plays: one at a time, or one would hear everybody twice. */

// A window behind others on a busy machine takes its time.
const ANSWER_MS = 500;
const channel = new BroadcastChannel("openfloor-sound");
let playing = false;
let onTaken = () => {};
let onHeard = () => {};

channel.onmessage = ({ data }) => {
  if (data === "anybody?" && playing) channel.postMessage("here");
  if (data === "here") onHeard();
  if (data === "mine" && playing) {
    playing = false;
    onTaken();
  }
};

/** Resolves true when another window plays. */
export function playsElsewhere() {
  return new Promise((resolve) => {
    onHeard = () => resolve(true);
    setTimeout(resolve, ANSWER_MS, false);
    channel.postMessage("anybody?");
  });
}

/** From now on this window plays; `taken` is called when another one does. */
export function take(taken) {
  [playing, onTaken] = [true, taken];
  channel.postMessage("mine");
}

export function release() {
  playing = false;
}
