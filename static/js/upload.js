/**
 * A picture is cut and made small before it is sent, so that one from any camera will do: <input type="file" data-side
 * data-max-bytes>. What the browser cannot read goes as it is, if it is not too large.
 */
import { say } from "./notice.js";

// Inputs whose file is what is to be sent.
const prepared = new WeakSet();

/** The middle of it, at most so many pixels wide and high. */
async function square(file, side) {
  const image = await createImageBitmap(file);
  const most = Math.min(image.width, image.height);
  const size = Math.min(most, side);
  const canvas = new OffscreenCanvas(size, size);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, (image.width - most) / 2, (image.height - most) / 2, most, most, 0, 0, size, size);
  image.close();
  return new File([await canvas.convertToBlob({ type: "image/webp", quality: 0.92 })], file.name);
}

async function prepare(input, file) {
  const { side, maxBytes } = input.dataset;
  const picture = await square(file, Number(side)).catch(() => file);
  // Another was chosen meanwhile, or the page was left.
  if (!input.isConnected || input.files[0] !== file) return;
  if (picture.size > Number(maxBytes)) {
    input.value = "";
    return say(`This file is too large. Choose one of at most ${Math.floor(maxBytes / 2 ** 20)} MB.`);
  }
  const chosen = new DataTransfer();
  chosen.items.add(picture);
  input.files = chosen.files;
  prepared.add(input);
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener(
  "change",
  (event) => {
    const input = event.target;
    if (!input.dataset?.maxBytes || !input.files?.[0] || prepared.delete(input)) return;
    event.stopImmediatePropagation();
    prepare(input, input.files[0]);
  },
  true,
);
