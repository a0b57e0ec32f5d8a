// What this device knows and keeps: who it was paired as, the list, its scans; and how it hears from the server and from
// its other tabs. The engine on top of it decides about codes.

import { Calls } from "./calls.js";
import { importRing } from "./keys.js";
import { Leads } from "./leads.js";
import { PassList } from "./list.js";
import { ScanLog, wire } from "./log.js";
import { keepNames } from "./sealed.js";
import { isFull, Store } from "./store.js";
import { Sync } from "./sync.js";
import { Tabs } from "./tabs.js";
import { moved } from "./verdict.js";

const MOST_CHANGES = 100; // So many parts of the list on the disk, and it is written whole again.
const MOST_CHANGED = 256 * 1024; // Bytes.
const MOST_PAGES = 100;
const CACHE = "tular-gate-";
const SCOPE = "/g/";
const KEPT = ["secret", "device", "event", "days", "places", "ring", "chosen", "operator", "clock", "lock", "sealing", "seen"];

/** A phone at a door, paired or not yet. */
export class Device extends EventTarget {
  /**
   * Read what this phone keeps, and start to listen.
   *
   * While it reads, another tab may delete it all: then what was read is old, and it is read anew.
   */
  async begin() {
    this.isEnding = true;
    for (;;) {
      this.store = null;
      try {
        await this.learn();
        if (!this.store.isDeleted) break;
      } catch (error) {
        if (!this.store?.isDeleted) throw error;
      }
      this.end();
    }
    this.isEnding = false;
    this.sync = new Sync(this);
  }

  async learn() {
    this.calls = new Calls();
    this.list = new PassList();
    this.names = new Map(); // Of the last scans, in memory only.
    this.asOf = 0; // When the list was asked for, by the server's clock.
    this.listAsked = 0; // And by ours.
    this.parts = { count: 0, bytes: 0 };
    this.counted = 0;
    this.conflicting = 0;
    this.known = { places: [], days: [], clock: { offset: 0, trip: Infinity } };
    const early = [];
    let hear = (message) => early.push(message);
    this.tabs = new Tabs((message) => hear(message));
    this.store = await Store.open();
    this.store.lost = () => this.restore();
    this.store.deleted = () => this.forgotten();
    this.log = new ScanLog(this.store);
    this.leadLog = new Leads(this.store, this.calls);
    await this.load();
    hear = (message) => this.hear(message);
    early.forEach(hear);
  }

  async load() {
    await this.read(KEPT);
    this.locked = Boolean(this.known.lock);
    for (const { snapshot, buffer, seen } of await this.store.list()) {
      if (snapshot) this.list.restore(snapshot);
      else this.list.take(buffer);
      this.saw(seen);
    }
    this.saw(this.known.seen);
    await this.log.load(this.listAsked);
    await this.log.tidy();
  }

  async read(names) {
    const kept = await Promise.all(names.map((name) => this.store.get(name)));
    names.forEach((name, index) => kept[index] !== undefined && (this.known[name] = kept[index]));
    this.calls.secret = this.known.secret ?? null;
    this.log.key = this.leadLog.key = this.known.sealing ?? null;
  }

  /** Keep values, in memory and on the disk, and let the other tabs read them. */
  async keep(values) {
    Object.assign(this.known, values);
    this.log.key = this.leadLog.key = this.known.sealing ?? null;
    this.changed();
    await this.store.keep(values);
    this.tabs.tell({ kept: Object.keys(values) });
  }

  /** Keep what can be had again, or said again: without room on the disk, it is known until the app is closed. */
  keepLightly(values) {
    return this.keep(values).catch((error) => {
      if (!isFull(error) && !this.isEnding) console.error(error);
    });
  }

  /** Say that something changed: once, for all that changes at the same time. */
  changed() {
    if (this.isTold) return;
    this.isTold = true;
    queueMicrotask(() => {
      this.isTold = false;
      this.dispatchEvent(new CustomEvent("change"));
    });
  }

  // --- From the server ---------------------------------------------------------------------------------------------

  /** Take a measure of the clock, unless it agrees with a better one. */
  setClock({ offset, trip }) {
    const { clock } = this.known;
    if (Math.abs(offset - clock.offset) <= trip / 2 && clock.trip <= trip) return;
    this.keepLightly({ clock: { offset, trip } });
  }

  get told() {
    return `unsent=${this.log.unsent}&clock=${Date.now()}`;
  }

  async hello() {
    const seen = { asOf: this.asOf, asked: this.listAsked };
    await this.meet(await this.calls.get(`hello?${this.told}`), { seen });
    await this.log.tidy().catch(() => {});
  }

  /** Take what the server says of the event and of this device. */
  async meet({ device, event, days, places, keys, inside, conflicts }, others = {}) {
    const { calls } = this;
    const ring = await importRing(keys);
    calls.check();
    this.counted = inside ?? 0;
    this.conflicting = conflicts ?? 0;
    await this.keepLightly({ ...others, device, event, days, places, ring });
  }

  /** Ask what is new in the list of passes. */
  async fetchList() {
    const asked = Date.now();
    const seen = { asOf: asked + this.known.clock.offset, asked };
    const buffer = await this.calls.bytes(`list?since=${this.list.cursor}&${this.told}`);
    if (buffer) {
      await this.takeList(buffer, seen);
      this.tabs.tell({ list: buffer, seen });
    }
    this.saw(seen);
    this.log.settle(asked);
    this.changed();
  }

  async takeList(buffer, seen) {
    let isWhole;
    try {
      isWhole = this.list.take(buffer);
    } catch (error) {
      this.list.cursor = "0"; // The whole of it, next time.
      throw error;
    }
    this.parts.count += 1;
    this.parts.bytes += buffer.byteLength;
    const isDue = isWhole || this.parts.count > MOST_CHANGES || this.parts.bytes > MOST_CHANGED;
    if (isDue) this.parts = { count: 0, bytes: 0 };
    const kept = isDue ? this.store.putList(this.list.snapshot(), seen) : this.store.addToList(buffer, seen);
    await kept.catch((error) => {
      if (!isFull(error)) throw error;
    });
  }

  saw(seen) {
    this.asOf = Math.max(this.asOf, seen?.asOf ?? 0);
    this.listAsked = Math.max(this.listAsked, seen?.asked ?? 0);
  }

  /** Ask for names until there are none, a page at a time. */
  async fetchNames() {
    let cursor = (await this.store.get("names")) ?? "0";
    for (let page = 0; page < MOST_PAGES; page++) {
      const buffer = await this.calls.bytes(`names?since=${cursor}`);
      if (!buffer) return;
      cursor = await keepNames(this.store, buffer);
    }
  }

  /**
   * Send scans.
   *
   * @returns {Promise<{answered: number, revoked: boolean}>}
   */
  async sendScans(scans) {
    const body = { unsent: this.log.unsent, clock: Date.now(), scans: scans.map(wire) };
    const { data, revoked } = await this.calls.post("scans", body);
    const ids = new Set(scans.map(({ id }) => id));
    const answers = Array.isArray(data) ? data.filter((answer) => ids.has(answer?.id)) : [];
    const taken = await this.log.take(answers);
    this.counted += moved(taken);
    if (taken.length) this.tabs.tell({ answered: taken });
    this.announce(taken);
    return { answered: answers.length, revoked: Boolean(revoked) };
  }

  announce(scans) {
    for (const scan of scans) {
      const { verdict, answer, first, alarm } = scan;
      const detail = { scan, kind: alarm, verdict, reason: answer, first };
      this.dispatchEvent(new CustomEvent("answer", { detail }));
      if (alarm) this.dispatchEvent(new CustomEvent("alarm", { detail }));
    }
    this.changed();
  }

  // --- From other tabs, and from the browser -----------------------------------------------------------------------

  async hear({ recorded, answered, kept, list, seen, wiped }) {
    if (wiped) return this.calls.secret ? this.forgotten() : undefined;
    if (recorded) this.log.hear([recorded]);
    if (answered) this.log.hear(answered);
    if (kept) await this.read(kept);
    if (list) this.list.take(list);
    this.saw(seen);
    this.changed();
    if (recorded) this.sync?.poke();
    return undefined;
  }

  /** The browser took the disk's content away while we ran: write what we still know, and ask for the list anew. */
  async restore() {
    if (!this.calls.secret || this.isEnding) return;
    const { store, log } = this;
    await store.keep(this.known);
    await log.rescue({ wiped: true });
    await store.putList(this.list.snapshot(), { asOf: this.asOf, asked: this.listAsked });
    this.list.cursor = "0";
    this.sync.poke();
  }

  /** Forget everything, here and in the other tabs, and be as new. */
  async wiped(event) {
    if (this.isEnding) return;
    this.end();
    await Promise.all([this.store.wipe(), dropFiles()]);
    await this.begin();
    this.tabs.tell({ wiped: true }); // Those that have the database open were told by the browser.
    this.dispatchEvent(new CustomEvent(event));
    this.changed();
  }

  /** Another tab forgot everything. */
  async forgotten() {
    if (this.isEnding) return;
    const wasPaired = Boolean(this.calls.secret);
    this.end();
    await this.store.leave();
    await this.begin();
    if (wasPaired) this.dispatchEvent(new CustomEvent("revoked"));
    this.changed();
  }

  end() {
    this.isEnding = true;
    this.calls.end();
    this.sync?.end();
    this.tabs.end();
  }
}

async function dropFiles() {
  for (const name of (await globalThis.caches?.keys()) ?? []) {
    if (name.startsWith(CACHE)) await caches.delete(name);
  }
  for (const registration of (await navigator.serviceWorker?.getRegistrations()) ?? []) {
    if (new URL(registration.scope).pathname === SCOPE) await registration.unregister();
  }
}
