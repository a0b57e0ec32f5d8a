// The volunteer's PIN: kept as a slow hash, and each wrong try past the fifth costs a longer wait.

import { isFull } from "./store.js";

const ROUNDS = 310_000;
const FREE_TRIES = 5;
const FIRST_WAIT = 30_000;
const LONGEST_WAIT = 3_600_000;

let unwritten = null; // A lock whose tries the disk had no room for.

/**
 * @typedef {{salt: Uint8Array, hash: Uint8Array, rounds: number, wrong: number, until: number}} Lock
 */

/**
 * Make a lock that a PIN opens.
 *
 * @param {string} pin
 * @returns {Promise<Lock>}
 */
export async function makeLock(pin) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  return { salt, hash: await slowHash(pin, salt, ROUNDS), rounds: ROUNDS, wrong: 0, until: 0 };
}

/**
 * Try a PIN. A try is counted before it is looked at, so that a page that is closed in the middle gains none.
 *
 * @param {import("./store.js").Store} store @param {string} pin
 * @returns {Promise<{open: boolean, wait: number}>} `wait`: for how many milliseconds no PIN is taken.
 */
export async function tryPin(store, pin) {
  const now = Date.now();
  const before = unwritten ?? (await store.get("lock"));
  if (!before) return { open: true, wait: 0 };
  if (before.until > now) return { open: false, wait: before.until - now };
  const wrong = before.wrong + 1;
  const lock = await note(store, { ...before, wrong, until: now + waitAfter(wrong) });
  const open = same(await slowHash(pin, lock.salt, lock.rounds), lock.hash);
  if (open) await note(store, { ...lock, wrong: 0, until: 0 });
  return { open, wait: open ? 0 : Math.max(0, lock.until - Date.now()) };
}

async function note(store, lock) {
  unwritten = await store.keep({ lock }).then(
    () => null,
    (error) => {
      if (!isFull(error)) throw error;
      return lock;
    },
  );
  return lock;
}

/** Tell for how long no PIN is taken after so many wrong ones: twice as long each time, an hour at most. */
export function waitAfter(wrong) {
  return wrong < FREE_TRIES ? 0 : Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (wrong - FREE_TRIES));
}

async function slowHash(pin, salt, iterations) {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256));
}

function same(one, other) {
  let difference = one.length ^ other.length;
  one.forEach((byte, index) => (difference |= byte ^ other[index]));
  return difference === 0;
}
