/**
 * Passkeys (WebAuthn): a form with data-passkey asks the browser to make one ("create") or to show one ("get"), and sends
 * what it answered. Bytes are base64url in both directions (RFC 4648, 5).
 */
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const known = (list) => list?.map((each) => ({ ...each, id: toBytes(each.id) }));

/** One that opens the door alone has to know its person; others may be simple keys that are only touched. */
const choice = (selection, alone) => ({
  ...selection,
  residentKey: alone ? "required" : "discouraged",
  requireResidentKey: alone,
  userVerification: alone ? "required" : (selection?.userVerification ?? "preferred"),
});

const CEREMONIES = {
  create: ({ publicKey }, form) =>
    navigator.credentials.create({
      publicKey: {
        ...publicKey,
        challenge: toBytes(publicKey.challenge),
        user: { ...publicKey.user, id: toBytes(publicKey.user.id) },
        excludeCredentials: known(publicKey.excludeCredentials),
        authenticatorSelection: choice(publicKey.authenticatorSelection, form.elements.passwordless.checked),
      },
    }),
  get: ({ publicKey }) =>
    navigator.credentials.get({
      publicKey: {
        ...publicKey,
        challenge: toBytes(publicKey.challenge),
        allowCredentials: known(publicKey.allowCredentials),
      },
    }),
};
const BYTES = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

function asJson(credential) {
  const response = { transports: credential.response.getTransports?.() };
  for (const name of BYTES) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

const SENTENCES = {
  InvalidStateError: "This device has a passkey for your account already.",
  NotAllowedError: "Nothing was shown, or it took too long. Press the button to try again.",
};

async function options(form) {
  if (!form.dataset.ask) return JSON.parse(form.dataset.options);
  const response = await fetch(form.dataset.ask, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error("The server cannot be reached, or was asked too often. Try again in a minute.");
  return (await response.json()).request_options;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const ceremony = CEREMONIES[form.dataset.passkey];
  if (!ceremony) return;
  event.preventDefault();
  const says = form.querySelector("[data-passkey-says]");
  says.hidden = true;
  try {
    form.elements.credential.value = asJson(await ceremony(await options(form), form));
    form.submit();
  } catch (error) {
    says.textContent = SENTENCES[error.name] ?? `That did not work. ${error.message}`;
    says.hidden = false;
  }
});

/** Sent without its script the form would be empty: its button waits for it. */
function enable() {
  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.querySelector("button").disabled = !window.PublicKeyCredential;
    if (window.PublicKeyCredential) continue;
    form.querySelector("[data-passkey-says]").textContent = "This browser keeps no passkeys. Try another one.";
    form.querySelector("[data-passkey-says]").hidden = false;
  }
}
enable();
document.addEventListener("htmx:afterSettle", enable);
