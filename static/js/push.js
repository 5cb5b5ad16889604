/**
 * Push in this browser: the part of the settings that says whether it is on, and switches it.
 * <div data-push="address" data-push-key="VAPID key"> holds one [data-push-state] for each of unsupported, denied, off
 * and on; permission is asked for by a press alone.
 */
import { csrfToken } from "./http.js";
import { say } from "./notice.js";

const WORKER = "/push-worker.js";
// Whose browser this is: whoever signs in after them has to press for themselves.
const OWNER = "push-owner";
const supported = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
const me = () => document.getElementById("account")?.dataset.person;
const part = () => document.querySelector("[data-push]");

const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function subscription() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return registration?.pushManager.getSubscription();
}

function ask(method, address, own) {
  const keys = method === "PUT" ? { p256dh: base64(own.getKey("p256dh")), auth: base64(own.getKey("auth")) } : {};
  return fetch(address, {
    method,
    headers: { "X-CSRFToken": csrfToken() },
    body: new URLSearchParams({ endpoint: own.endpoint, ...keys }),
  });
}

async function state() {
  if (!supported) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  return localStorage.getItem(OWNER) === me() && (await subscription()) ? "on" : "off";
}

async function show() {
  if (!part()) return;
  const now = await state();
  for (const each of part()?.querySelectorAll("[data-push-state]") ?? []) each.hidden = each.dataset.pushState !== now;
}

async function on({ push, pushKey }) {
  if ((await Notification.requestPermission()) !== "granted") return;
  await navigator.serviceWorker.register(WORKER);
  const registration = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: pushKey };
  // Made for another key, of this server before it got its own, it would never be reached.
  const own = await registration.pushManager.subscribe(options).catch(async () => {
    await (await subscription())?.unsubscribe();
    return registration.pushManager.subscribe(options);
  });
  const answer = await ask("PUT", push, own);
  if (!answer.ok) {
    await own.unsubscribe();
    return say("This browser could not be reached by push. Try again, or choose mail.");
  }
  localStorage.setItem(OWNER, me());
}

async function off({ push }) {
  localStorage.removeItem(OWNER);
  const own = await subscription();
  if (!own) return;
  await ask("DELETE", push, own);
  await own.unsubscribe();
}

async function test({ push }) {
  const own = await subscription();
  const answer = own && (await ask("POST", push, own));
  say(answer?.ok ? "Sent. It should arrive in a moment." : "It could not be sent. Switch push off and on again.");
}

const acts = { on, off, test };

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-push-act]");
  if (!button) return;
  button.disabled = true;
  await acts[button.dataset.pushAct](part().dataset).catch(() => say("This browser could not be reached by push. Try again, or choose mail."));
  button.disabled = false;
  await show();
});

document.addEventListener("htmx:afterSwap", show);
show();
