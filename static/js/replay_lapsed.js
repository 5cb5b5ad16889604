/**
 * Sound that lies in another store comes through a link which lapses, and browsers ask that link again rather than our
 * address. What fails then is asked for anew from where it was, once from each place.
 */

const PLAYED = "#replay-audio, #trim-audio, #clip-audio";

let renewed = null;

function renew({ target: audio }) {
  if (!audio.matches?.(PLAYED) || audio.error?.code !== MediaError.MEDIA_ERR_NETWORK) return;
  const { currentTime: at, paused } = audio;
  if (renewed === at) return;
  renewed = at;
  audio.load();
  audio.currentTime = at;
  if (!paused) audio.play().catch(() => {});
}
// Errors do not bubble. Whoever hears of it at the element finds none any more.
document.addEventListener("error", renew, true);
