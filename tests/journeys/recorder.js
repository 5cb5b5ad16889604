// Runs in every page under test before its own scripts: keeps what a test needs to look at, changes nothing else.
(() => {
  const probe = (window.probe = { connections: [], microphones: [], errors: [] });

  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...args) {
      super(...args);
      probe.connections.push(this);
    }
  };

  if (navigator.mediaDevices) {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wishes) => {
      const stream = await ask(wishes);
      probe.microphones.push(stream);
      return stream;
    };
  }

  addEventListener("securitypolicyviolation", (event) => probe.errors.push(`CSP: ${event.violatedDirective}`));

  const base64 = (floats) => {
    const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  };

  // Records a stream: {samples: base64 float32 at 48 kHz, began: Unix time of the first sample in ms}. `audible` once
  // there was anything but silence.
  probe.record = async (stream, seconds) => {
    const context = new AudioContext({ sampleRate: 48000 });
    const source = context.createMediaStreamSource(stream);
    const tap = context.createScriptProcessor(1024, 1, 1);
    const samples = new Float32Array(Math.ceil(seconds * 48000));
    let filled = 0;
    let began = 0;
    probe.audible = false;
    await new Promise((resolve) => {
      tap.onaudioprocess = ({ inputBuffer }) => {
        const block = inputBuffer.getChannelData(0);
        began ||= performance.timeOrigin + performance.now() - (block.length / 48000) * 1000;
        probe.audible ||= block.some((sample) => Math.abs(sample) > 0.01);
        samples.set(block.subarray(0, Math.min(block.length, samples.length - filled)), filled);
        filled = Math.min(filled + block.length, samples.length);
        if (filled === samples.length) resolve();
      };
      source.connect(tap);
      tap.connect(context.destination);
    });
    tap.disconnect();
    source.disconnect();
    await context.close();
    return { samples: base64(samples), began };
  };

  probe.heard = (seconds) => probe.record(document.getElementById("sound").srcObject, seconds);
  probe.spoken = (seconds) => probe.record(probe.microphones.at(-1), seconds);

  // Keeps every text an element shows from now on, however short.
  probe.watch = (selector) => {
    const element = document.querySelector(selector);
    probe.words = [];
    new MutationObserver(() => probe.words.push(element.textContent)).observe(element, { childList: true, characterData: true, subtree: true });
  };

  // Resolves with the Unix time (ms) at which something matches the selector, or no longer does.
  probe.when = (selector, there) =>
    new Promise((resolve) => {
      const look = () => Boolean(document.querySelector(selector)) === there && !resolve(performance.timeOrigin + performance.now());
      if (look()) return;
      const watch = new MutationObserver(() => look() && watch.disconnect());
      watch.observe(document.body, { childList: true, subtree: true, attributes: true });
    });

  // Clicks, and says when (Unix time, ms).
  probe.click = (selector) => {
    const at = performance.timeOrigin + performance.now();
    document.querySelector(selector).click();
    return at;
  };

  // Counters of what is received, over all connections that still work.
  probe.reception = async () => {
    const total = { packetsReceived: 0, concealedSamples: 0, totalSamplesReceived: 0, silentConcealedSamples: 0 };
    for (const connection of probe.connections) {
      if (connection.connectionState !== "connected") continue;
      for (const report of (await connection.getStats()).values()) {
        if (report.type !== "inbound-rtp") continue;
        for (const name of Object.keys(total)) total[name] += report[name] ?? 0;
      }
    }
    return total;
  };
})();
