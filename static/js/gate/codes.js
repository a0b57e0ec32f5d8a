// What was scanned or typed: the same rules as referral/events/rules/codes.py, which describes the codes.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const VALUES = new Map([...ALPHABET].map((sign, value) => [sign, value]));
for (const [alike, value] of [["O", 0], ["I", 1], ["L", 1]]) VALUES.set(alike, value);

const TOKEN_LENGTH = 26;
const HALF = TOKEN_LENGTH / 2;
const SHORT_LENGTH = 8;
const PLACE_LENGTH = 8;
export const FOREIGN_LENGTH = 200;
const ADDRESS_LENGTH = 2000;
const EDGES = /^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g;
const PRINTABLE = /^(?: |[^\p{C}\p{Z}])*$/u;
const SITE = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)([^?#]*)/i;

/**
 * Say what was scanned or typed at a gate of the installation at baseUrl; null for nothing, or too much.
 *
 * Kinds: `pass`, `short`, `foreign` (another system's ticket), `place`, `address` (another site's), `pairing`.
 *
 * @param {string} scanned @param {string} baseUrl
 * @returns {{kind: string, text: string} | null}
 */
export function recognise(scanned, baseUrl) {
  const text = trimmed(scanned);
  const length = [...text].length;
  if (!length || length > ADDRESS_LENGTH || !PRINTABLE.test(text)) return null;
  if (text.includes("://")) return address(text, baseUrl);
  if (length > FOREIGN_LENGTH) return null;
  const token = readToken(text);
  if (token) return { kind: "pass", text: token.text };
  const typed = fold(text.replace(/[ -]/g, ""));
  if (typed?.length === SHORT_LENGTH && isChecked(typed)) return { kind: "short", text: typed };
  return { kind: "foreign", text };
}

/** Take what surrounds a code away: spaces, and the control signs that some readers send. */
export function trimmed(text) {
  return text.replace(EDGES, "");
}

function address(text, baseUrl) {
  const [, base, basePath] = SITE.exec(baseUrl) ?? [];
  const [, site, path] = SITE.exec(text) ?? [];
  const root = `${(basePath ?? "").replace(/\/+$/, "")}/`;
  if (!site || site.toLowerCase() !== base?.toLowerCase() || !path.startsWith(root)) return { kind: "address", text };
  const [kind, ...rest] = path.slice(root.length).split("/");
  const code = rest.join("/");
  const token = kind.toUpperCase() === "P" && readToken(code);
  if (token) return { kind: "pass", text: token.text };
  const folded = fold(code.split(".")[0]);
  if (/^[RV]$/i.test(kind) && folded?.length === PLACE_LENGTH) return { kind: "place", text: folded };
  if (/^g$/i.test(kind) && /^pair\/[^/]+$/i.test(code)) return { kind: "pairing", text: rest[1] };
  return { kind: "address", text };
}

/**
 * Read a token; null where the text is not one.
 *
 * @param {string} text
 * @returns {{text: string, id: bigint, key: number, mac: bigint} | null}
 */
export function readToken(text) {
  const code = fold(text);
  if (code?.length !== TOKEN_LENGTH) return null;
  const head = number(code.slice(0, HALF));
  const mac = number(code.slice(HALF));
  if (mac >> 64n) return null;
  return { text: code, id: head & ((1n << 63n) - 1n), key: Number(head >> 63n), mac };
}

/** Tell when the pass of this id was made, in epoch milliseconds. */
export function madeAt(id) {
  return Number(id >> 22n);
}

/**
 * Tell whether a token was signed by this event's ring.
 *
 * @param {{id: bigint, key: number, mac: bigint}} token
 * @param {{place: number, key: CryptoKey}[]} ring
 * @param {Uint8Array} prefix What every signature of the event begins with.
 */
export async function isSigned(token, ring, prefix) {
  const key = ring.find(({ place }) => place === token.key)?.key;
  if (!key) return false;
  const text = new Uint8Array(prefix.length + 8);
  text.set(prefix);
  new DataView(text.buffer).setBigUint64(prefix.length, token.id);
  const made = new DataView(await crypto.subtle.sign("HMAC", key, text));
  return made.getBigUint64(0) === token.mac;
}

/**
 * Give the number of the pass that a short code stands for; null where no key of the ring signed it.
 *
 * @param {string} code Folded and with a right check sign, as `recognise` gives it.
 * @param {{place: number, key: CryptoKey}[]} ring @param {Uint8Array} prefix
 * @returns {Promise<number | null>}
 */
export async function numberOfShort(code, ring, prefix) {
  const value = number(code.slice(0, -1));
  const passNumber = Number(value >> 15n);
  const mac = Number(value & 0x7fffn);
  const text = new Uint8Array(prefix.length + 9);
  text.set(prefix);
  text.set(new TextEncoder().encode("short"), prefix.length);
  new DataView(text.buffer).setUint32(prefix.length + 5, passNumber);
  const made = await Promise.all(ring.map(({ key }) => crypto.subtle.sign("HMAC", key, text)));
  return made.some((signature) => new DataView(signature).getUint16(0) >> 1 === mac) ? passNumber : null;
}

/**
 * Hash a token, or another system's code, into the 8 bytes by which a device knows it.
 *
 * @param {Uint8Array} salt @param {string} code
 */
export async function codeHash(salt, code) {
  return (await sha256(salt, new TextEncoder().encode(code))).subarray(0, 8);
}

/** Hash parts, one after the other, with SHA-256. */
export async function sha256(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

/** Fold small letters and look-alikes (O, I, L); null where a sign is not of the alphabet. */
export function fold(text) {
  let folded = "";
  for (const sign of text.toUpperCase()) {
    const value = VALUES.get(sign);
    if (value === undefined) return null;
    folded += ALPHABET[value];
  }
  return folded || null;
}

/** Tell whether a typed short code looks whole but is not: a sign is wrong, or two were changed over. */
export function isMistyped(text) {
  const typed = fold(text.replace(/[ -]/g, ""));
  return typed?.length === SHORT_LENGTH && !isChecked(typed);
}

/**
 * Give the check sign: the sum in GF(32), with x⁵ + x² + 1, of each sign times the generator to the power of its place.
 *
 * @param {string} body
 */
export function checkSign(body) {
  let total = 0;
  let power = 1;
  for (const sign of body) {
    power = timesGenerator(power);
    total ^= times(power, VALUES.get(sign));
  }
  return ALPHABET[total];
}

function isChecked(code) {
  return checkSign(code.slice(0, -1)) === code.at(-1);
}

function timesGenerator(value) {
  const doubled = value << 1;
  return doubled & 32 ? doubled ^ 0b100101 : doubled;
}

function times(one, other) {
  let product = 0;
  for (let [power, rest] = [one, other]; rest; [power, rest] = [timesGenerator(power), rest >> 1]) {
    if (rest & 1) product ^= power;
  }
  return product;
}

function number(code) {
  let value = 0n;
  for (const sign of code) value = (value << 5n) | BigInt(VALUES.get(sign));
  return value;
}
