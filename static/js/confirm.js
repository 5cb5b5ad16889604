/** Asks before acts with hx-confirm in the page's own dialog; its buttons say what will happen (data-confirm-yes, -no). */
import { until } from "./times.js";

const dialog = document.getElementById("confirm");

/**
 * Coming into a Space (data-comes-into) leaves the one of the dock, which may have changed since the button was made.
 * A form that asks "when" comes into none later.
 */
function leaves(elt) {
  const dock = document.getElementById("dock-body")?.dataset;
  const into = elt.elements?.when?.value === "later" ? null : elt.dataset.comesInto;
  const elsewhere = into && dock?.inside === "1" && dock.space !== into;
  const title = document.getElementById("dock-title")?.textContent.trim();
  return elsewhere ? `You are in “${title}”. Leave it and come in here?` : null;
}

/** Asked only until the time of the page's Space (data-confirm-early), which may have come, or moved, since then. */
function isLate({ dataset }) {
  return "confirmEarly" in dataset && until(document.getElementById("space-header").dataset.at) <= 0;
}

document.addEventListener("htmx:confirm", (event) => {
  const { issueRequest, elt } = event.detail;
  const asked = event.detail.question;
  const question = (isLate(elt) ? null : asked) ?? leaves(elt);
  if (!question && !asked) return;
  event.preventDefault();
  if (!question) return issueRequest(true);
  document.getElementById("confirm-question").textContent = question;
  const yes = document.getElementById("confirm-yes");
  yes.textContent = elt.dataset.confirmYes ?? "Yes";
  dialog.querySelector('[value="no"]').textContent = elt.dataset.confirmNo ?? "Cancel";
  yes.classList.toggle("button-red", "confirmRed" in elt.dataset);
  dialog.returnValue = "no";
  dialog.onclose = () => dialog.returnValue === "yes" && issueRequest(true);
  dialog.showModal();
});
