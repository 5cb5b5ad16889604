/** A file that is too large is refused before it is sent: <input type="file" data-max-bytes>. */
import { say } from "./notice.js";

document.addEventListener(
  "change",
  (event) => {
    const { files, dataset } = event.target;
    if (!dataset?.maxBytes || !files?.[0] || files[0].size <= Number(dataset.maxBytes)) return;
    event.stopImmediatePropagation();
    event.target.value = "";
    say(`This file is too large. Choose one of at most ${Math.floor(dataset.maxBytes / 2 ** 20)} MB.`);
  },
  true,
);
