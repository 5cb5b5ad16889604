/**
 * WHIP (RFC 9725) and WHEP from a browser: one offer, one answer, one connection. Knows nothing of the page; dock.js
 * tells it where to connect and hears what became of it.
 */
import { csrfToken, sleep } from "./http.js";

/** The server's no: `status`, `code` and `retryAfter` (seconds) as in the problem body, `message` a sentence. */
export class Refused extends Error {
  constructor(status, problem, retryAfter) {
    super(problem.title ?? "The sound cannot start here.");
    Object.assign(this, { status, code: problem.code ?? "", retryAfter });
  }
}

const FIRST_PACKET_MS = 6000;
const WATCH_MS = 500;
// The longest wait (ms) between two attempts when nobody asks for a longer one, and how much of it is chance.
const WAIT_MS = 1500;
const SPREAD_MS = 1000;
// So long without a stall and the next one is answered at once again.
const STEADY_MS = 20_000;

/**
 * Trying again helps when the server is busy or one was too fast, and a few times when another window has the
 * microphone: it may be letting go of it just now.
 */
const isFinal = ({ status, code }, failures) =>
  status < 500 && status !== 429 && (code !== "uplink_elsewhere" || failures > 2);

/** Browsers ask for lost sound again, and answer when asked (NACK, RFC 4585 6.2.1), only if their own offer says so. */
const withNack = ({ type, sdp }) => ({
  type,
  sdp: sdp.replace(/a=rtpmap:(\d+) opus\/48000\/2\r\n/gi, "$&a=rtcp-fb:$1 nack\r\n"),
});

/** One connection. `setup(pc)` adds what is sent or received. Resolves when the answer is in place. */
async function connect(url, previous, setup) {
  // No STUN or TURN: the relay announces its address and learns ours from authenticated checks.
  const pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
  try {
    setup(pc);
    // A browser that takes no changed offer does without.
    await pc.setLocalDescription(withNack(await pc.createOffer())).catch(() => pc.setLocalDescription());
    const address = previous ? `${url}?replaces=${encodeURIComponent(sessionId(previous))}` : url;
    const response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/sdp", "X-CSRFToken": csrfToken() },
      body: pc.localDescription.sdp,
    });
    if (response.status !== 201) {
      const problem = await response.json().catch(() => ({}));
      throw new Refused(response.status, problem, Number(response.headers.get("Retry-After")) || 0);
    }
    const location = new URL(response.headers.get("Location"), response.url).href;
    await pc.setRemoteDescription({ type: "answer", sdp: await response.text() });
    return { pc, location };
  } catch (error) {
    pc.close();
    throw error;
  }
}

/** `keepalive` lets it reach the server while the page goes away; if it does not, the relay notices by itself. */
const hangUp = (location) =>
  fetch(location, { method: "DELETE", headers: { "X-CSRFToken": csrfToken() }, keepalive: true }).catch(() => {});

export const sessionId = (location) => new URL(location).pathname.split("/").pop();

/**
 * A session that keeps itself alive: it re-offers when nothing moves any more, beside the old connection, and closes
 * that one when the new one works. Subclasses say what is set up (`setup`) and what counts as alive (`progress`).
 * Events: "state" (connecting, on, lost, refused), with `.state` and `.refusal` to read.
 */
class Session extends EventTarget {
  state = "off";
  refusal = null;
  location = "";
  // Milliseconds without progress after which a working connection counts as dead.
  patience = 1500;
  #stop = null;
  #current = null;
  #again = null;

  constructor(url) {
    super();
    this.url = url;
  }

  start() {
    if (this.#stop) return;
    this.#stop = new AbortController();
    this.#run(this.#stop.signal);
  }

  /** Ends the session here, and at the relay with `tell`: not needed when it was the server that ended it. */
  stop({ tell = false } = {}) {
    this.#stop?.abort();
    this.#stop = null;
    this.#current?.close();
    this.#current = null;
    if (tell && this.location) hangUp(this.location);
    this.location = "";
    this.set("off");
  }

  /** A new connection now, because somebody has seen that this one is dead. */
  renew() {
    this.#again?.abort();
  }

  set(state, refusal = null) {
    if (this.state === state && this.refusal === refusal) return;
    Object.assign(this, { state, refusal });
    this.dispatchEvent(new Event("state"));
  }

  async #run(signal) {
    let failures = 0;
    this.set("connecting");
    while (!signal.aborted) {
      let wait = Math.min(WAIT_MS, 300 * failures * failures) + Math.random() * SPREAD_MS;
      let refusal = null;
      try {
        const { lasted, closed } = await this.#once(signal);
        failures = lasted > STEADY_MS ? 0 : failures + 1;
        // A relay that hangs up has a reason, and the news of it is on its way.
        if (!closed && !failures) wait = 0;
        else if (closed) wait += 500;
      } catch (error) {
        failures += 1;
        if (error instanceof Refused) {
          if (signal.aborted) return;
          if (isFinal(error, failures)) return this.#end(error);
          refusal = error;
          wait = Math.max(1500 + wait, error.retryAfter * 1000 * (1 + Math.random() / 2));
        }
      }
      if (signal.aborted) return;
      this.set("lost", refusal);
      // A server that says when to come again is not asked before, whatever the network does.
      await (refusal ? sleep(wait, signal) : this.#rest(wait, signal));
    }
  }

  /** Waits, but not past the moment at which the network is back. */
  async #rest(wait, signal) {
    const over = new AbortController();
    const wake = () => over.abort();
    addEventListener("online", wake, { signal: over.signal });
    signal.addEventListener("abort", wake, { signal: over.signal });
    await sleep(wait, over.signal);
    wake();
  }

  #end(error) {
    this.#drop();
    this.#stop = null;
    this.location = "";
    this.set("refused", error);
  }

  #drop() {
    this.#current?.close();
    this.#current = null;
  }

  /** One connection from offer to death: how long it worked (ms), and whether the other side closed it. */
  async #once(signal) {
    const { pc, location } = await connect(this.url, this.location, (pc) => this.setup(pc));
    if (signal.aborted) {
      pc.close();
      hangUp(location);
      return { lasted: 0, closed: true };
    }
    this.location = location;
    const again = (this.#again = new AbortController());
    const offered = performance.now();
    let moved = 0;
    let first = 0;
    let seen = -1;
    let closed = false;
    while (!signal.aborted && !again.signal.aborted) {
      await sleep(first ? WATCH_MS : 50, signal);
      const now = performance.now();
      const progress = await this.progress(pc);
      if (progress > 0 && progress !== seen) {
        moved = now;
        if (!first) {
          first = now;
          this.#drop();
          this.#current = pc;
          this.adopt(pc);
          this.set("on");
        }
      }
      seen = progress;
      closed = ["failed", "closed"].includes(pc.connectionState);
      if (closed || (first ? now - moved > this.patience : now - offered > FIRST_PACKET_MS)) break;
    }
    if (!first) pc.close();
    return { lasted: first ? moved - first : 0, closed };
  }
}

/** What this person hears. `stream` is what to play and `receiver` knows who is talking; both change on reconnection. */
export class Downlink extends Session {
  stream = null;
  receiver = null;

  setup(pc) {
    pc.addTransceiver("audio", { direction: "recvonly" });
  }

  async progress(pc) {
    for (const report of (await pc.getStats()).values()) {
      if (report.type === "inbound-rtp" && report.kind === "audio") return report.packetsReceived;
    }
    return 0;
  }

  adopt(pc) {
    this.receiver = pc.getReceivers()[0];
    this.stream = new MediaStream([this.receiver.track]);
    this.dispatchEvent(new Event("stream"));
  }
}

/** What this person says. The track is theirs to enable; whether it passes is the relay's to decide. */
export class Uplink extends Session {
  level = 0;
  // Consent checks (RFC 7675) and receiver reports come every few seconds, not fifty times a second.
  patience = 6000;

  constructor(url, track) {
    super(url);
    this.track = track;
  }

  setup(pc) {
    pc.addTransceiver(this.track, { direction: "sendonly" });
  }

  /** Alive means that the relay answers: our own packets leave whether or not anybody is there. */
  async progress(pc) {
    let answered = 0;
    for (const report of (await pc.getStats()).values()) {
      if (report.type === "candidate-pair" && report.nominated) {
        answered = report.responsesReceived + report.bytesReceived;
      }
      if (report.type === "media-source") this.level = report.audioLevel ?? 0;
    }
    return pc.connectionState === "connected" ? answered : 0;
  }

  adopt() {}
}
