// The gate without its screens: pairing, the verdict of each code by what this device knows, and the record of it.
//
// A scan is decided here, written to the disk, and shown; the server hears of it behind that, and its word comes as
// events: `change` (any property), `answer` (what became of a scan), `alarm` (of kind `refused`: it was green and should
// not have been; or `look-again`: the other way round), `revoked` (everything was forgotten), `full` (no room on the
// disk: kept in memory, and sent).

import { GateError } from "./calls.js";
import { recognise } from "./codes.js";
import { Device } from "./device.js";
import { bytesOf } from "./keys.js";
import { makeLock, tryPin } from "./lock.js";
import { identify } from "./reading.js";
import { makeKey, openName } from "./sealed.js";
import { firstOf, moved, slotAt, verdict } from "./verdict.js";

const ANNUL = 15 * 60_000;
const LONGEST_CODE = 2000;
const SUPERVISOR = "supervisor";

/**
 * @typedef {object} Verdict
 * @property {string} id @property {string} kind
 * @property {"in" | "again" | "no"} said
 * @property {string | null} reason
 * @property {number} number Of the pass; 0 where unknown.
 * @property {string | null} name @property {string | null} label
 * @property {{at: number, place: string | null} | null} first
 * @property {number} people @property {number | null} left
 * @property {number} ms From the code to the verdict.
 * @property {boolean} stored Whether it is on the disk.
 */

/** The offline engine of the gate app. */
export class Engine extends Device {
  /** Open what this device knows; `locked` where a PIN guards it. */
  static async open() {
    const engine = new Engine();
    await engine.begin();
    return engine;
  }

  // --- What the screens show ---------------------------------------------------------------------------------------

  get paired() {
    return Boolean(this.calls.secret);
  }

  get device() {
    return this.known.device ?? null;
  }

  get event() {
    return this.known.event ?? null;
  }

  get days() {
    return this.known.days;
  }

  /** Where this device may scan. */
  get places() {
    return this.known.places;
  }

  get place() {
    return this.places.find(({ id }) => id === this.known.chosen) ?? null;
  }

  set place(place) {
    this.keepLightly({ chosen: place?.id ?? null });
  }

  /** Who carries the device. */
  get operator() {
    return this.known.operator ?? null;
  }

  set operator(name) {
    this.keepLightly({ operator: name });
  }

  get online() {
    return this.sync.isOnline;
  }

  get unsent() {
    return this.log.unsent;
  }

  get passes() {
    return this.list.size;
  }

  /** Whether some scans found no room on the disk. */
  get full() {
    return this.log.isFull;
  }

  /** How far this device's clock is behind the server's, in milliseconds. */
  get offset() {
    return this.known.clock.offset;
  }

  /** How many people are inside: the server's count, and what it has not heard of yet. */
  get inside() {
    return Math.max(0, this.counted + moved(this.log.waiting.values()));
  }

  /** The scans whose alarm nobody has heard yet. */
  get alarms() {
    return this.log.recent(Infinity).filter(({ alarm }) => alarm);
  }

  /** The last scans, newest first; names only of those since the app was opened. */
  recent(most = 20) {
    return this.log.recent(most).map((scan) => ({
      ...scan,
      at: scan.at + scan.offset,
      name: this.names.get(scan.id) ?? null,
      place: this.placeName(scan.place),
      sent: scan.state === "done",
    }));
  }

  // --- Pairing, and the lock ---------------------------------------------------------------------------------------

  /** Make this phone the device that a pairing code was made for. */
  async pair(token, name, pin) {
    if (this.paired) throw new GateError("paired_already"); // What it still has to send must not be lost.
    const lock = pin ? await makeLock(pin) : null;
    const { secret, ...told } = await this.calls.post("pair", { token, name });
    this.calls.secret = secret;
    this.locked = false;
    await this.keep({ secret, lock, operator: name, sealing: await makeKey() });
    await this.meet(told);
    navigator.storage?.persist?.().catch(() => {});
    this.sync.poke();
  }

  /**
   * Open the app with its PIN.
   *
   * @returns {Promise<boolean>} If not, `wait` tells for how many milliseconds no PIN is taken.
   */
  async unlock(pin) {
    const { open, wait } = await tryPin(this.store, pin);
    this.wait = wait;
    if (open) this.locked = false;
    this.changed();
    return open;
  }

  lock() {
    this.locked = Boolean(this.known.lock);
    this.names.clear();
    this.changed();
  }

  /** Forget everything on this phone, without asking. */
  forget() {
    return this.wiped("change");
  }

  // --- Scanning ----------------------------------------------------------------------------------------------------

  /**
   * Decide on a code that was scanned or typed; written down before it resolves.
   *
   * @param {string} text
   * @param {{kind?: "entry" | "exit" | "visit", people?: number | null, forced?: boolean}} wish
   * @returns {Promise<Verdict | {kind: "pairing", token: string}>}
   */
  async scan(text, { kind = "entry", people = null, forced = false } = {}) {
    const started = performance.now();
    const reading = recognise(text, this.event?.base ?? location.origin);
    if (reading?.kind === "pairing") return { kind: "pairing", token: reading.text };
    this.mustBeReady();
    const found = await identify(reading, text, { ...this.secrets(), list: this.list });
    const mayForce = this.device.role === SUPERVISOR;
    const { scan, shown } = this.decide(found, text, { kind, people: people ?? 1, forced: forced && mayForce });
    const recorded = this.record(scan);
    const ms = performance.now() - started;
    const [stored, sealed] = await Promise.all([recorded, this.nameOf(found)]);
    const name = sealed?.n ?? null;
    if (name) this.names.set(scan.id, name);
    const label = found.entry.pass?.l ?? sealed?.l ?? null;
    return { ...shown, id: scan.id, kind, number: scan.number, name, label, people: scan.people, ms, stored };
  }

  mustBeReady() {
    if (!this.paired) throw new GateError("not_paired");
    if (this.locked) throw new GateError("locked");
    if (!this.event) throw new GateError("not_ready");
    if (!this.place) throw new GateError("place_missing");
  }

  secrets() {
    const { salt, prefix } = this.event;
    return { salt: bytesOf(salt), prefix: bytesOf(prefix), ring: this.known.ring ?? [] };
  }

  decide({ entry, keys }, text, wish) {
    const now = Date.now() + this.offset;
    const { slot, isOpen } = slotAt(this.days, now, this.event);
    const own = this.log.of(keys, slot);
    const full = this.list.isFull(entry.number, slot);
    const state = { isOpen, full, own, asOf: this.asOf, at: this.place.kind };
    const { said, reason, left } = verdict(entry, state, now, this.event, wish);
    const code = [...text].slice(0, LONGEST_CODE).join("");
    const scan = this.made({ ...wish, key: keys[0] ?? null, number: entry.number, slot, code, said, reason });
    return { scan, shown: { said, reason, left, first: firstOf(own, (id) => this.placeName(id)) } };
  }

  made(fields) {
    const none = { key: null, number: 0, slot: null, code: null, people: 1, reason: null, forced: false, annuls: null };
    const state = { state: "queued", annulled: false, settled: false, verdict: null, first: null, doneAt: null, alarm: null };
    const here = { at: Date.now(), offset: this.offset, counter: 0, place: this.place?.id ?? null, operator: this.operator };
    return { id: crypto.randomUUID(), ...none, ...state, ...here, ...fields };
  }

  async record(scan) {
    const wasFull = this.full;
    const stored = await this.log.add(scan);
    this.tabs.tell({ recorded: scan });
    if (!stored && !wasFull) this.dispatchEvent(new CustomEvent("full"));
    this.changed();
    this.sync.poke();
    return stored;
  }

  async nameOf({ entry, code }) {
    if (!code || !entry.number) return null;
    return openName(this.store, this.secrets().salt, entry.number, code).catch(() => null);
  }

  placeName(id) {
    return this.places.find((place) => place.id === id)?.name ?? null;
  }

  /** Take a scan back: for fifteen minutes, a supervisor's at any time. */
  async annul(id) {
    this.mustBeReady();
    const scan = this.log.all.get(id);
    if (!scan || scan.annulled || scan.annuls) throw new GateError("not_found");
    if (this.device.role !== SUPERVISOR && Date.now() - scan.at > ANNUL) throw new GateError("too_late");
    await this.record(this.made({ kind: "annul", annuls: id, said: "in", number: scan.number, place: scan.place }));
  }

  /** Let an alarm rest. */
  async heard(id) {
    const scan = this.log.all.get(id);
    if (!scan) return;
    scan.alarm = null;
    await this.log.write([scan]);
    this.tabs.tell({ answered: [scan] });
    this.changed();
  }

  // --- What only the server knows ----------------------------------------------------------------------------------

  async search(words) {
    this.mustBeReady();
    return (await this.calls.get(`search?q=${encodeURIComponent(words)}`)).data;
  }

  async conflicts() {
    return (await this.calls.get("conflicts")).data;
  }

  async settle(id) {
    await this.calls.post(`conflicts/${id}/settle`);
    this.conflicting = Math.max(0, this.conflicting - 1);
    this.changed();
  }

  /**
   * Note a visitor of a booth.
   *
   * @param {{scan: string, place?: string, consent?: boolean, warmth?: string, note?: string}} lead
   * @returns {Promise<{kept: boolean}>} Whether it waits on this phone for the network.
   */
  async lead(lead) {
    const whole = { place: this.place?.id, operator: this.operator, ...lead };
    if (this.online && !this.log.waiting.has(lead.scan)) {
      try {
        await this.calls.post("leads", whole);
        return { kept: false };
      } catch (error) {
        if (error.code !== "offline") throw error;
      }
    }
    await this.leadLog.keep(whole);
    this.sync.poke();
    return { kept: true };
  }

  /** List the visitors of this booth; those that wait to be sent come first. */
  async leads() {
    const { data } = await this.calls.get(`leads?place=${this.place?.id ?? ""}`);
    return [...(await this.leadLog.waiting()), ...data];
  }
}
