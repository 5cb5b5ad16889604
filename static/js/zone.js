/**
 * Forms that ask for a time: shown, limited and sent in the reader's own zone; without script all of it stays UTC.
 * Beside <input type="datetime-local" data-instant min max>, the form holds a hidden input "zone"; the label says which
 * zone in [data-zone-name]. A zone the server has refused (data-refused) is not sent again.
 */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What a wall clock here shows at that instant, as an input wants it. */
function local(instant) {
  const at = new Date(instant);
  return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function settle() {
  for (const input of document.querySelectorAll('input[type="datetime-local"]:not([data-local])')) {
    const sent = input.form?.elements.zone;
    if (!zone || !sent || "refused" in sent.dataset) continue;
    input.dataset.local = "";
    sent.value = zone;
    for (const limit of ["min", "max"]) {
      if (input[limit]) input[limit] = local(`${input[limit]}Z`);
    }
    if (input.dataset.instant) input.value = local(input.dataset.instant);
    for (const label of input.labels) {
      for (const name of label.querySelectorAll("[data-zone-name]")) name.textContent = zone.replaceAll("_", " ");
    }
  }
}

document.addEventListener("htmx:oobAfterSwap", settle);
document.addEventListener("htmx:afterSwap", settle);
settle();
