// Between this device and the server: a short ping decides whether we are online, then scans go out and news comes in.
//
// A verdict never waits for any of this. What was sent without an answer is sent again with the same ids, which the
// server knows. It runs in the foreground only, since browsers differ in what they do behind it.

import { GateError } from "./calls.js";

export const PATIENCE = 800; // Milliseconds for a ping: a slower net is no net to somebody at a door.
const EVERY = 3_000;
const HELLO_EVERY = 30_000;
const UNSTICK_EVERY = 600_000;
const SLOW_EVERY = 15_000;
const MOST = 200; // Scans at once.
const LONGEST_PAUSE = 60_000;
const MOST_BROKEN = 5; // So many scans refused and none taken: it is the server that is in trouble.
const TRANSIENT = new Set([408, 425, 429]);

/** Keeps a device and the server of one mind. */
export class Sync {
  /** @param {import("./engine.js").Engine} engine */
  constructor(engine) {
    this.engine = engine;
    this.isOnline = false;
    this.listAt = -Infinity;
    this.helloAt = -Infinity;
    this.slowAt = -Infinity;
    this.unstuckAt = performance.now();
    this.quietUntil = 0;
    this.failures = 0;
    this.most = MOST;
    this.ended = false;
    this.pulse = new Rhythm(() => this.feel());
    this.work = new Rhythm(() => this.exchange());
    this.look = () => this.pulse.poke();
    addEventListener("online", this.look);
    addEventListener("offline", this.look);
    document.addEventListener("visibilitychange", this.look);
  }

  end() {
    this.ended = true;
    removeEventListener("online", this.look);
    removeEventListener("offline", this.look);
    document.removeEventListener("visibilitychange", this.look);
    this.pulse.end();
    this.work.end();
  }

  /** Send at once what was scanned, or, if we were offline, look whether we still are. */
  poke() {
    if (this.isOnline) this.work.poke();
    else this.pulse.poke();
  }

  get isIdle() {
    return !this.engine.paired || (document.hidden && !this.engine.unsent);
  }

  /** Feel the server's pulse: a ping that comes back in time is what online means, whatever the browser says. */
  async feel() {
    if (this.isIdle) return;
    const wasOnline = this.isOnline;
    try {
      this.engine.setClock(await this.engine.calls.ping(PATIENCE));
      this.setOnline(true);
    } catch (error) {
      this.isSlow = Boolean(error.fields?.late);
      this.setOnline(false);
    }
    if (this.isOnline && !wasOnline) this.work.poke();
  }

  setOnline(isOnline) {
    if (this.isOnline === isOnline || this.ended) return;
    this.isOnline = isOnline;
    this.engine.changed();
  }

  async exchange() {
    if (this.isIdle || !this.engine.tabs.leads || performance.now() < this.quietUntil || !this.mayTry()) return;
    try {
      await this.send();
      await this.news();
      this.failures = 0;
    } catch (error) {
      await this.note(error);
    }
  }

  /** Online, or on a slow net from time to time: that is no help at the door, but what waits may still creep through. */
  mayTry() {
    if (this.isOnline) return true;
    const now = performance.now();
    if (!this.isSlow || !this.engine.unsent || now - this.slowAt < SLOW_EVERY) return false;
    this.slowAt = now;
    return true;
  }

  /** Take a failure: nothing is lost by it, it is only later. */
  async note(error) {
    if (this.ended) return;
    if (error.code === "device_revoked") {
      await this.leave();
      return;
    }
    if (error.code === "offline") {
      if (!error.fields.late) this.setOnline(false);
      return;
    }
    if (!(error instanceof GateError)) console.error(error);
    const pause = Math.min(LONGEST_PAUSE, 1000 * 2 ** ++this.failures) * (0.5 + 0.5 * Math.random());
    this.quietUntil = performance.now() + Math.max(pause, 1000 * (error.fields?.retryAfter ?? 0));
  }

  // --- What goes out ---------------------------------------------------------------------------------------------

  /** Send what waits, oldest first, until nothing does. */
  async send() {
    const { log } = this.engine;
    await log.rescue().catch(() => {}); // Perhaps there is room on the disk again.
    if (performance.now() - this.unstuckAt > UNSTICK_EVERY) {
      this.unstuckAt = performance.now();
      log.unstick();
    }
    const tally = { taken: 0, broken: 0 };
    for (let batch = log.batch(this.most); batch.length && this.engine.tabs.leads; batch = log.batch(this.most)) {
      await this.sendBatch(batch, tally);
    }
    if (!log.unsent) await this.engine.leadLog.send();
  }

  async sendBatch(scans, tally) {
    const { engine } = this;
    let answer;
    try {
      answer = await engine.sendScans(scans);
    } catch (error) {
      return this.refused(scans, error, tally);
    }
    tally.taken += answer.answered;
    if (answer.revoked) this.isRevoked = true;
    if (!answer.answered) throw new GateError("trouble"); // An answer to other questions than ours.
    if (this.isRevoked && !engine.log.batch(1).length) throw new GateError("device_revoked");
    return undefined;
  }

  /** Take the refusal of a whole request: find the scan that breaks it, and let the others through. */
  async refused(scans, error, tally) {
    const { status } = error;
    if (status < 400 || status >= 500 || status === 401 || TRANSIENT.has(status)) throw error;
    const half = scans.length >> 1;
    if (half && status === 413) {
      this.most = Math.min(error.fields.limit || half, scans.length - 1);
      return undefined; // They are taken up again in smaller parts.
    }
    if (half) {
      await this.sendBatch(scans.slice(0, half), tally);
      return this.sendBatch(scans.slice(half), tally);
    }
    await this.engine.log.stick(scans[0]);
    this.engine.changed();
    if (++tally.broken >= MOST_BROKEN && !tally.taken) throw new GateError("trouble", { status });
    return undefined;
  }

  // --- What comes in ---------------------------------------------------------------------------------------------

  /** Ask what is new: of passes every three seconds, of the event and of names every thirty. */
  async news() {
    const { engine } = this;
    const now = performance.now();
    if (now - this.helloAt > HELLO_EVERY) {
      await engine.hello();
      this.helloAt = now;
      this.isGreeting = true;
    }
    if (now - this.listAt > EVERY * 0.75) {
      await engine.fetchList();
      this.listAt = now;
    }
    if (this.isGreeting) {
      this.isGreeting = false;
      await engine.fetchNames();
    }
  }

  /** This device was revoked: hand over what is left, once, and forget everything. */
  async leave() {
    if (this.ended) return;
    this.ended = true;
    const { log } = this.engine;
    log.unstick();
    const tally = { taken: 0, broken: 0 };
    try {
      for (let batch = log.batch(this.most); batch.length; batch = log.batch(this.most)) await this.sendBatch(batch, tally);
    } catch {
      // Once only: what cannot be handed over now stays unsaid.
    }
    await this.engine.wiped("revoked");
  }
}

/** Does something every three seconds or so, and at once when poked; never twice at the same time. */
class Rhythm {
  constructor(act) {
    this.act = act;
    this.run();
  }

  poke() {
    this.isPoked = true;
    this.wake?.();
  }

  end() {
    this.ended = true;
    this.wake?.();
  }

  async run() {
    while (!this.ended) {
      this.isPoked = false;
      await this.act();
      if (this.isPoked) continue;
      let timer;
      await new Promise((resolve) => {
        this.wake = resolve;
        timer = setTimeout(resolve, EVERY * (0.8 + 0.4 * Math.random()));
      });
      clearTimeout(timer);
    }
  }
}
