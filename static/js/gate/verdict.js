// The verdict of a gate, by what this device knows: pure rules, the same as referral/events/rules/door.py where both know
// as much. What is said here is what a visitor hears; the server confirms it, or raises an alarm, behind it.

const WHOLE_EVENT = "0"; // The one slot of an event whose passes enter once.
const FRESH = 120_000; // A pass made later than this before the list was asked for may be missing from it.

/**
 * @typedef {object} Entry What a code turned out to be.
 * @property {string} kind As `recognise` says; `nothing` for what it cannot.
 * @property {number} number Of the pass; 0 where the list has none.
 * @property {import("./list.js").PassClass | null} pass What holds for it; null where revoked, or not in the list.
 * @property {boolean | null} signed Whether a code that is not in the list is signed; null where nobody can tell.
 * @property {number | null} made When the pass was made, where its code says so.
 * @property {boolean} mistyped Whether it looks like a short code with a wrong sign.
 * @property {boolean} outdated Whether the key that signed it is no longer in the ring.
 *
 * @typedef {object} State What this device knows of that pass, and of itself.
 * @property {boolean} isOpen Whether the doors are.
 * @property {string} at What kind of place this is; people go in and out at gates, and visit all others.
 * @property {boolean} full Whether the list says that it has no room left in the slot.
 * @property {OwnScan[]} own This device's scans of it in the slot, oldest first; none that was annulled.
 * @property {number} asOf When the list was asked for.
 *
 * @typedef {{kind: string, said: string, people: number, at: number, offset: number, place: string | null,
 *   settled: boolean, annulled: boolean, annuls: string | null,
 *   verdict: string | null, first: {at: number, place: string} | null}} OwnScan `settled`: the list knows of it.
 *
 * @typedef {{kind: "entry" | "exit" | "visit", people: number, forced: boolean}} Wish
 */

/**
 * Say what is shown for a code.
 *
 * @param {Entry} entry @param {State} state @param {number} now The server's time, as well as we know it.
 * @param {{reentry: string}} event @param {Wish} wish
 * @returns {{said: "in" | "again" | "no", reason: string | null, left: number | null}}
 */
export function verdict(entry, state, now, event, wish) {
  const admits = entry.pass?.a ?? 1;
  const left = event.reentry === "free" ? admits : room(admits, state);
  const stranger = notOurs(entry, state, wish);
  const reason = stranger ?? untimely(entry, state, now, wish) ?? crowded(left, wish);
  const isForced = reason !== null && stranger === null && wish.forced;
  if (reason !== null && !isForced) return { said: reason === "already_in" ? "again" : "no", reason, left };
  const newcomer = entry.number ? null : "new";
  return { said: "in", reason: reason ?? newcomer, left: leftAfter(left, wish, admits, event) };
}

/** Say why a code is no pass of this event; null where it is one. */
function notOurs(entry, { asOf, at }, { kind }) {
  if (entry.kind === "address") return "not_ours";
  if (entry.kind === "place") return "a_place";
  if (entry.kind === "nothing") return "malformed";
  if (entry.mistyped) return "mistyped";
  if (entry.number) return (at === "gate") === (kind !== "visit") ? null : "wrong_place";
  if (entry.signed === false) return "forged";
  // A signed pass that the list should have by now was never given out; one made since is a newcomer's.
  return entry.signed && entry.made > asOf - FRESH ? null : "unknown";
}

/** Say why a pass is no entry now. Whoever is inside may always leave, and go to a booth while the doors are closed. */
function untimely({ number, pass, outdated }, { isOpen }, now, { kind }) {
  if (kind === "exit") return null;
  if (number && !pass) return outdated ? "old_key" : "revoked";
  if (kind === "visit") return null;
  if (pass && pass.f !== null && now < pass.f) return "not_yet";
  if (pass && pass.u !== null && now >= pass.u) return "expired";
  return isOpen ? null : "closed";
}

function crowded(left, { kind, people }) {
  if (kind !== "entry" || left >= people) return null;
  return left === 0 ? "already_in" : "no_room";
}

function leftAfter(left, { kind, people }, admits, { reentry }) {
  if (reentry === "free" || kind === "visit") return left;
  return kind === "entry" ? Math.max(0, left - people) : Math.min(admits, left + people);
}

/**
 * Tell for how many people a pass still has room, from the list and from this device's own scans.
 *
 * The list knows of settled scans: where it says that there is room, somebody may have gone out elsewhere since.
 */
function room(admits, { full, own }) {
  const known = full ? admits : Math.min(insideAfter(own, 0, true), admits - 1);
  return Math.max(0, admits - insideAfter(own, known, false));
}

/** Count who is inside after the scans that the list knows of, or after those that it does not. */
function insideAfter(own, before, settled) {
  const scans = own.filter((scan) => Boolean(scan.settled) === settled);
  return scans.reduce((inside, scan) => Math.max(0, inside + moved([scan])), before);
}

/** Tell whether a scan of this device moved people in or out. */
function counts({ kind, said, verdict: answered }) {
  return kind !== "visit" && said === "in" && (answered === null || answered === "applied");
}

/**
 * Count the people whom scans moved in, less those whom they moved out.
 *
 * @param {Iterable<OwnScan>} scans
 */
export function moved(scans) {
  let people = 0;
  for (const scan of scans) {
    if (counts(scan) && !scan.annulled && !scan.annuls) people += scan.kind === "entry" ? scan.people : -scan.people;
  }
  return people;
}

/**
 * Tell when and where a pass first came in, as far as this device knows.
 *
 * @param {OwnScan[]} own @param {(id: string) => string | null} placeName
 * @returns {{at: number, place: string | null} | null}
 */
export function firstOf(own, placeName) {
  const seen = own.filter((scan) => scan.kind === "entry" && counts(scan));
  const ours = seen.map(({ at, offset, place }) => ({ at: at + offset, place: placeName(place) }));
  const theirs = own.map(({ first }) => first).filter(Boolean);
  return [...ours, ...theirs].sort((one, other) => one.at - other.at)[0] ?? null;
}

/**
 * Tell for which day a scan counts, and whether the doors are open: as referral/events/rules/days.py does.
 *
 * @param {{id: string, opens: number, closes: number}[]} days @param {number} now
 * @param {{reentry: string, early_ms: number}} event
 * @returns {{slot: string, isOpen: boolean}} While closed, the day that is nearest.
 */
export function slotAt(days, now, { reentry, early_ms: early }) {
  const inOrder = [...days].sort((one, other) => one.opens - other.opens);
  const open = inOrder.filter(({ opens, closes }) => opens <= now && now < closes).at(-1);
  const day = open ?? inOrder.find(({ opens }) => opens - early <= now && now < opens);
  return { slot: reentry === "once" ? WHOLE_EVENT : ((day ?? nearest(inOrder, now))?.id ?? WHOLE_EVENT), isOpen: Boolean(day) };
}

function nearest(days, now) {
  const distance = ({ opens, closes }) => Math.max(opens - now, now - closes, 0);
  return days.reduce((best, day) => (best && distance(best) <= distance(day) ? best : day), null);
}
