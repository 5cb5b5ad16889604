/** Asks before acts with hx-confirm in the page's own dialog; the button says what will happen (data-confirm-yes). */

const dialog = document.getElementById("confirm");

document.addEventListener("htmx:confirm", (event) => {
  const { question, elt, issueRequest } = event.detail;
  if (!question) return;
  event.preventDefault();
  document.getElementById("confirm-question").textContent = question;
  const yes = document.getElementById("confirm-yes");
  yes.textContent = elt.dataset.confirmYes ?? "Yes";
  yes.classList.toggle("button-red", "confirmRed" in elt.dataset);
  dialog.returnValue = "no";
  dialog.onclose = () => dialog.returnValue === "yes" && issueRequest(true);
  dialog.showModal();
});
