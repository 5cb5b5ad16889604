/** Draws a replay: its loudness as bars in the canvas's own colour, and below it who speaks when. */

const BAR = 3;
const GAP = 2;
const LEAST = 2;

function fitted(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  return { pen, width, height };
}

/** `peaks`: 0..255. */
export function drawWave(canvas, peaks) {
  const { pen, width, height } = fitted(canvas);
  if (!width || !peaks.length) return;
  pen.fillStyle = getComputedStyle(canvas).color;
  const bars = Math.max(1, Math.floor((width + GAP) / (BAR + GAP)));
  for (let bar = 0; bar < bars; bar++) {
    const first = Math.floor((bar * peaks.length) / bars);
    const last = Math.max(first + 1, Math.floor(((bar + 1) * peaks.length) / bars));
    const loudest = Math.max(...peaks.slice(first, last));
    // Quiet voices are seen, too.
    const tall = Math.max(LEAST, (loudest / 255) ** 0.75 * height);
    pen.beginPath();
    pen.roundRect((bar * width) / bars, (height - tall) / 2, BAR, tall, BAR / 2);
    pen.fill();
  }
}

/** `voices`: [[number of the person, from ms, to ms], ...]; `hues` by number. */
export function drawVoices(canvas, voices, hues, length) {
  const { pen, width, height } = fitted(canvas);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  for (const [who, since, until] of voices) {
    if (who < 0) continue;
    pen.fillStyle = `oklch(${dark ? 0.6 : 0.74} 0.08 ${hues[who].trim() || 75})`;
    pen.fillRect((since / length) * width, 0, Math.max(1, ((until - since) / length) * width), height);
  }
}
