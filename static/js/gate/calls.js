// Asking the server: each call has a limit of time, and what comes back is either what was asked for or a GateError.

const ROOT = "/g/api/";
const LIMIT = 15_000; // Milliseconds.

/** A refusal, by its code: the server's own, or `offline` (no answer in time), `trouble` (an answer, but not ours), `ended`. */
export class GateError extends Error {
  /** @param {string} code @param {object} fields */
  constructor(code, fields = {}) {
    super(code);
    this.code = code;
    this.fields = fields;
    this.status = fields.status ?? 0;
  }
}

/** The server, as a paired device reaches it. */
export class Calls {
  constructor() {
    this.secret = null;
    this.ended = false;
    this.underway = new Set();
  }

  /** Give up what is under way: nothing that is answered now may be kept. */
  end() {
    this.ended = true;
    for (const patience of this.underway) patience.abort();
  }

  /** Throw where we were told to give up. */
  check() {
    if (this.ended) throw new GateError("ended");
  }

  /**
   * Ask whether the server is there, and what time it is there.
   *
   * @param {number} limit
   * @returns {Promise<{offset: number, trip: number}>} How far our clock is behind, and how long the way was, in ms.
   */
  async ping(limit) {
    const left = Date.now();
    const started = performance.now();
    const there = await this.fetch("ping", {}, limit, async (answer) => Number(answer.headers.get("X-Now")));
    const trip = performance.now() - started;
    if (!there) throw new GateError("trouble");
    return { offset: Math.round(there - (left + trip / 2)), trip };
  }

  /** Ask for JSON. */
  get(path) {
    return this.fetch(path, {}, LIMIT, ours);
  }

  /** Send JSON, and give the JSON that was answered. */
  post(path, body = {}) {
    const headers = { "Content-Type": "application/json" };
    return this.fetch(path, { method: "POST", headers, body: JSON.stringify(body) }, LIMIT, ours);
  }

  /** Ask for bytes; null where there is nothing new. */
  bytes(path) {
    return this.fetch(path, {}, 4 * LIMIT, async (answer) => (answer.status === 204 ? null : answer.arrayBuffer()));
  }

  async fetch(path, { headers, ...options }, limit, read) {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), limit);
    this.underway.add(patience);
    let answer;
    try {
      answer = await fetch(ROOT + path, {
        ...options,
        headers: { ...headers, ...(this.secret && { Authorization: `Bearer ${this.secret}` }) },
        cache: "no-store",
        credentials: "omit",
        redirect: "error", // A hall's sign-in page is not our server.
        signal: patience.signal,
      });
      const told = answer.ok ? await read(answer) : undefined;
      this.check();
      if (answer.ok) return told;
    } catch (error) {
      this.check();
      if (error instanceof GateError) throw error;
      throw new GateError("offline", { late: patience.signal.aborted });
    } finally {
      clearTimeout(timer);
      this.underway.delete(patience);
    }
    throw await problem(answer);
  }
}

async function ours(answer) {
  const read = await answer.json().catch(() => null);
  if (read === null) throw new GateError("trouble", { status: answer.status });
  return read;
}

async function problem(answer) {
  const isOurs = answer.headers.get("Content-Type")?.includes("problem+json");
  const told = isOurs ? await answer.json().catch(() => ({})) : {};
  const retryAfter = Number(answer.headers.get("Retry-After")) || 0;
  return new GateError(told.code ?? "trouble", { ...told, status: answer.status, retryAfter });
}
