// From what was read to what is known of it: the list first, and the signature for those who are newer than the list.

import { codeHash, FOREIGN_LENGTH, isMistyped, isSigned, madeAt, numberOfShort, readToken, trimmed } from "./codes.js";

/**
 * @typedef {object} Known
 * @property {import("./verdict.js").Entry} entry
 * @property {string[]} keys By which this device's own scans of that pass are found.
 * @property {string | null} code What opens the name on it; none where a number was typed.
 */

/**
 * Find out what a code is. Letter for letter in the list comes first: another system's ticket may look like anything.
 *
 * @param {{kind: string, text: string} | null} reading As `recognise` gives it.
 * @param {string} text As it was read.
 * @param {{list: import("./list.js").PassList, salt: Uint8Array, prefix: Uint8Array,
 *   ring: import("./keys.js").RingKey[]}} event
 * @returns {Promise<Known>}
 */
export async function identify(reading, text, event) {
  const kind = reading?.kind ?? "nothing";
  const code = trimmed(text);
  const exactly = reading && code.length <= FOREIGN_LENGTH ? await listed(kind, code, event) : null;
  if (exactly) return exactly;
  if (kind === "pass") return pass(reading.text, event);
  if (kind === "short") return short(reading.text, event);
  return known({ kind, mistyped: kind === "foreign" && isMistyped(code) }, [], null);
}

async function listed(kind, code, event) {
  const hash = await codeHash(event.salt, code);
  const number = event.list.find(hash);
  return number ? ofPass(kind, number, hash, code, event) : null;
}

async function pass(code, event) {
  const found = await listed("pass", code, event);
  if (found) return found;
  const token = readToken(code);
  const signed = await isSigned(token, event.ring, event.prefix);
  return known({ kind: "pass", signed, made: madeAt(token.id) }, [hex(await codeHash(event.salt, code))], null);
}

async function short(code, event) {
  const number = await numberOfShort(code, event.ring, event.prefix);
  if (number === null) return known({ kind: "short" }, [], null);
  if (event.list.has(number)) return ofPass("short", number, event.list.hash(number), null, event);
  // Numbers are given out in order: one beyond the list is newer than it.
  const made = number > event.list.size ? Infinity : 0;
  return known({ kind: "short", signed: true, made }, [numbered(number)], null);
}

function ofPass(kind, number, hash, code, { list, ring }) {
  const token = code && readToken(code);
  const outdated = Boolean(token) && !ring.some(({ place }) => place === token.key);
  return known({ kind, number, outdated, pass: list.kind(number) }, [hex(hash), numbered(number)], code);
}

function known(entry, keys, code) {
  const none = { number: 0, pass: null, signed: null, made: null, mistyped: false, outdated: false };
  return { entry: { ...none, ...entry }, keys, code };
}

function numbered(number) {
  return `number ${number}`;
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
