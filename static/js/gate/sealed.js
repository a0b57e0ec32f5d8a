// Names, sealed so that only the code on somebody's pass opens theirs: what lies on the device says nothing by itself.
//
// `GET /g/api/names` gives them as TGN1. They are kept 256 to a page, as the bytes that came.

import { sha256 } from "./codes.js";

const MAGIC = 0x314e4754; // "TGN1", little-endian.
const HEADER = 16;
const PAGE = 8; // Bits of a number within its page.
const NONCE = 12; // Bytes in front of what is sealed.

/**
 * Put the sealed names that came into the store.
 *
 * @param {import("./store.js").Store} store @param {ArrayBuffer} buffer
 * @returns {Promise<string>} How far they were read.
 */
export async function keepNames(store, buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < HEADER || view.getUint32(0, true) !== MAGIC) throw new TypeError("not a list of names");
  const cursor = String(view.getBigUint64(4, true));
  const fresh = new Map();
  for (const [number, bytes] of rows(new Uint8Array(buffer, HEADER))) {
    const page = number >> PAGE;
    if (!fresh.has(page)) fresh.set(page, new Map());
    fresh.get(page).set(number, bytes);
  }
  const kept = await store.names(fresh.keys());
  for (const [page, names] of fresh) {
    const whole = new Map([...rows(kept.get(page) ?? new Uint8Array()), ...names]);
    fresh.set(page, written([...whole].filter(([, bytes]) => bytes.length))); // One without bytes is to be forgotten.
  }
  await store.putNames(fresh, cursor);
  return cursor;
}

/**
 * Open the name of a pass with the code that was read from it.
 *
 * @param {import("./store.js").Store} store @param {Uint8Array} salt @param {number} number
 * @param {string} code The token, or the ticket's own code.
 * @returns {Promise<{n?: string, l?: string} | null>}
 */
export async function openName(store, salt, number, code) {
  const page = number >> PAGE;
  for (const [of, bytes] of rows((await store.names([page])).get(page) ?? new Uint8Array())) {
    if (of === number) return open(bytes, salt, code);
  }
  return null;
}

async function open(sealed, salt, code) {
  const encoder = new TextEncoder();
  const secret = await sha256(encoder.encode("name"), salt, encoder.encode(code));
  const key = await crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["decrypt"]);
  try {
    return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.subarray(0, NONCE) }, key, sealed.subarray(NONCE))));
  } catch {
    return null; // Sealed for another code: the pass was issued anew since.
  }
}

/**
 * Make a key that seals what this device writes itself, such as the notes of a booth without a network.
 *
 * @returns {Promise<CryptoKey>}
 */
export function makeKey() {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** Seal a value with the device's own key. */
export async function seal(key, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const text = new TextEncoder().encode(JSON.stringify(value));
  return { iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, text) };
}

/** Open what the device's own key sealed. */
export async function unseal(key, { iv, sealed }) {
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed)));
}

function* rows(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const end = at + 6 + view.getUint16(at + 4, true);
    yield [view.getUint32(at, true), bytes.subarray(at + 6, end)];
    at = end;
  }
}

function written(names) {
  const bytes = new Uint8Array(names.reduce((sum, [, name]) => sum + 6 + name.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [number, name] of names) {
    view.setUint32(at, number, true);
    view.setUint16(at + 4, name.length, true);
    bytes.set(name, at + 6);
    at += 6 + name.length;
  }
  return bytes;
}
