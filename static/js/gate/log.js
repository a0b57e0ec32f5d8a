// This device's own scans: each is in memory and on the disk, waits until the server has answered, and is kept for a day.

import { seal, unseal } from "./sealed.js";
import { DONE, isFull, QUEUED, STUCK } from "./store.js";

const KEPT = 24 * 3_600_000;
const SENT = ["id", "kind", "place", "code", "people", "at", "offset", "counter", "said", "reason", "forced", "annuls", "operator"];

/**
 * @typedef {import("./verdict.js").OwnScan & {id: string, key: string | null, number: number, slot: string | null,
 *   code: string | null, counter: number, reason: string | null, forced: boolean, annuls: string | null,
 *   annulled: boolean, operator: string, state: string, doneAt: number | null, alarm: string | null}} Scan
 */

/** What this device scanned. */
export class ScanLog {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
    this.key = null; // Seals the codes of what waits: they could open names.
    this.clear();
  }

  clear() {
    /** @type {Map<string, Scan>} */
    this.all = new Map();
    /** @type {Map<string, Scan[]>} */
    this.byKey = new Map();
    this.waiting = new Map();
    this.unsettled = new Set();
    this.onlyHere = new Set(); // Not on the disk: it had no room.
    this.counter = 0;
  }

  /** How many scans the server has not got. */
  get unsent() {
    return this.waiting.size;
  }

  /** Whether some scans are in memory only. */
  get isFull() {
    return this.onlyHere.size > 0;
  }

  /** Read what was left behind; what once could not be sent gets another chance. */
  async load(listAsked) {
    const scans = await this.store.scans();
    scans.sort((one, other) => one.counter - other.counter);
    for (const { sealed, ...scan } of scans) {
      if (scan.state === STUCK) scan.state = QUEUED;
      if (sealed) scan.code = await unseal(this.key, sealed);
      this.note(scan);
    }
    this.settle(listAsked);
  }

  /** Note a scan of this tab or another one. */
  note(scan) {
    if (!this.all.has(scan.id) && scan.key) {
      if (!this.byKey.has(scan.key)) this.byKey.set(scan.key, []);
      this.byKey.get(scan.key).push(scan);
    }
    this.all.set(scan.id, scan);
    this.counter = Math.max(this.counter, scan.counter);
    if (scan.state !== DONE) this.waiting.set(scan.id, scan);
    else if (!scan.settled) this.unsettled.add(scan);
    if (scan.annuls) this.markAnnulled(scan.annuls, true);
  }

  markAnnulled(id, annulled) {
    const scan = this.all.get(id);
    if (scan) scan.annulled = annulled;
    return scan;
  }

  /**
   * Record a scan: in memory at once, then on the disk.
   *
   * @param {Scan} scan
   * @returns {Promise<boolean>} Whether it is on the disk; if not, it is kept in memory, and sent all the same.
   */
  async add(scan) {
    this.note(scan);
    try {
      const kept = await this.kept(scan);
      const add = () => this.store.addScan(kept, this.counter);
      scan.counter = await add().catch(async (error) => {
        if (!isFull(error)) throw error;
        await this.dropDone(({ settled }) => settled); // Its place is worth more than history.
        return add();
      });
      this.counter = Math.max(this.counter, scan.counter);
      return true;
    } catch {
      scan.counter = ++this.counter;
      this.onlyHere.add(scan);
      return false;
    }
  }

  /** Give a scan as it is kept on the disk. */
  async kept(scan) {
    return scan.code === null ? scan : { ...scan, code: null, sealed: await seal(this.key, scan.code) };
  }

  /** Write scans to the disk as they are now. */
  async write(scans) {
    await this.store.putScans(await Promise.all(scans.map((scan) => this.kept(scan))));
  }

  /** Write to the disk what is in memory only; all that waits, where the disk was wiped. */
  async rescue({ wiped = false } = {}) {
    // One without a number is on its way to the disk by itself.
    const scans = [...(wiped ? this.waiting.values() : this.onlyHere)].filter(({ counter }) => counter);
    if (!scans.length) return;
    await this.write(scans);
    await this.store.change("counter", (kept) => Math.max(kept ?? 0, this.counter));
    this.onlyHere.clear();
  }

  /** Give up to so many scans to send, oldest first, as the server reads them. */
  batch(most) {
    const scans = [];
    for (const scan of this.waiting.values()) {
      if (scan.state === QUEUED && scan.counter) scans.push(scan);
    }
    return scans.sort((one, other) => one.counter - other.counter).slice(0, most);
  }

  /**
   * Take the server's answers to scans, in any order.
   *
   * @param {{id: string, verdict: string, reason?: string, would?: string, first?: object, conflict?: boolean}[]} answers
   * @returns {Promise<Scan[]>} Those that were answered.
   */
  async take(answers) {
    const taken = [];
    for (const answer of answers) {
      const scan = this.waiting.get(answer?.id);
      if (!scan || scan.state === DONE) continue;
      scan.state = DONE;
      scan.doneAt = Date.now();
      scan.verdict = answer.verdict;
      scan.answer = answer.reason ?? null;
      scan.first = answer.first ?? null;
      scan.conflict = Boolean(answer.conflict);
      scan.alarm = alarmOf(scan, answer);
      scan.code = null; // It could open a name.
      this.onlyHere.delete(scan);
      this.unsettled.add(scan);
      taken.push(scan);
      const kept = scan.annuls && scan.verdict !== "applied" && this.markAnnulled(scan.annuls, false);
      if (kept) taken.push(kept);
    }
    // Should this fail, they are sent once more, and answered the same.
    await this.write(taken).catch(() => {});
    for (const { id } of taken) this.waiting.delete(id);
    return taken;
  }

  /** Hear from another tab what became of scans. */
  hear(scans) {
    for (const scan of scans) {
      const known = this.all.get(scan.id);
      if (known) Object.assign(known, scan);
      this.note(known ?? scan);
      if (scan.state === DONE) this.waiting.delete(scan.id);
    }
  }

  /** Put a scan aside that the server cannot take. */
  async stick(scan) {
    scan.state = STUCK;
    await this.write([scan]).catch(() => {});
  }

  /** Try again what was put aside. */
  unstick() {
    for (const scan of this.waiting.values()) if (scan.state === STUCK) scan.state = QUEUED;
  }

  /** Note that the list was asked for at a time: it knows of what was answered before. */
  settle(asked) {
    for (const scan of this.unsettled) {
      if (scan.doneAt > asked) continue;
      scan.settled = true;
      this.unsettled.delete(scan);
    }
  }

  /** Give the scans of a pass that still stand, oldest first. */
  of(keys, slot) {
    const scans = keys.flatMap((key) => this.byKey.get(key) ?? []);
    return scans.filter((scan) => scan.slot === slot && !scan.annulled && !scan.annuls);
  }

  /** Give the last scans, newest first. */
  recent(most) {
    return [...this.all.values()]
      .filter(({ annuls }) => !annuls)
      .slice(-most)
      .reverse();
  }

  /** Forget what was answered a day ago, unless its alarm still sounds. */
  tidy() {
    const before = Date.now() - KEPT;
    return this.dropDone((scan) => scan.settled && !scan.alarm && scan.doneAt < before);
  }

  async dropDone(old) {
    const gone = [...this.all.values()].filter((scan) => scan.state === DONE && old(scan)).map(({ id }) => id);
    if (!gone.length) return;
    for (const id of gone) {
      const { key } = this.all.get(id);
      this.all.delete(id);
      if (key) this.byKey.set(key, this.byKey.get(key).filter((scan) => scan.id !== id));
    }
    await this.store.dropScans(gone);
  }
}

/** Write a scan as the server reads it. */
export function wire(scan) {
  return Object.fromEntries(SENT.filter((name) => (scan[name] ?? null) !== null).map((name) => [name, scan[name]]));
}

/** Say how loud an answer is: `refused` where we said "in" and the server did not, `look-again` where it would have. */
function alarmOf(scan, { verdict, reason, would }) {
  if (scan.said === "in") return verdict === "applied" || reason === "annulled" ? null : "refused";
  return would === "applied" ? "look-again" : null;
}
