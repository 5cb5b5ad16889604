/** Which microphone this person speaks with: how it is asked for, which one they chose here, and why it may not be had. */

const CHOSEN = "openfloor-microphone";
const WISHES = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

// What browsers say when the chosen one is not there.
const GONE = new Set(["OverconstrainedError", "NotFoundError"]);

const SENTENCES = {
  insecure: "Microphones need a secure address (https). You can listen here.",
  NotAllowedError: "Your browser does not let this page use the microphone. Allow it beside the address, then try again.",
  NotFoundError: "No microphone was found. Plug one in, then try again.",
  NotReadableError: "Another program is using the microphone. Close it there, then try again.",
};

/** What to do about an error of `openMicrophone`, in a sentence. */
export const why = ({ name }) => SENTENCES[name] ?? "The microphone does not answer. Try again.";

/** The track of the chosen microphone, or of another one while that is not plugged in. */
export async function openMicrophone() {
  if (!navigator.mediaDevices) throw Object.assign(new Error(), { name: "insecure" });
  const chosen = localStorage.getItem(CHOSEN);
  // Exact, and again without: Chromium takes its own default when the wish is an ideal one.
  if (chosen) {
    try {
      return await open({ deviceId: { exact: chosen } });
    } catch (error) {
      if (!GONE.has(error.name)) throw error;
    }
  }
  return open({});
}

async function open(device) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { ...WISHES, ...device } });
  return stream.getAudioTracks()[0];
}

/** All there are. They have names only once the browser lets this page use one. */
export async function microphones() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === "audioinput");
}

export const choose = (deviceId) => localStorage.setItem(CHOSEN, deviceId);
