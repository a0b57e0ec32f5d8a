// The ring that signs an event's passes, as keys that can sign and never be read: not by us, not from the device's disk.

/**
 * @typedef {{place: number, key: CryptoKey}} RingKey Its number modulo 4, and what signs with it.
 */

/**
 * Turn the secrets that the server gave into keys; the secrets themselves are kept nowhere.
 *
 * @param {{place: number, secret: string}[]} keys
 * @returns {Promise<RingKey[]>}
 */
export function importRing(keys) {
  return Promise.all(
    keys.map(async ({ place, secret }) => {
      const algorithm = { name: "HMAC", hash: "SHA-256" };
      return { place, key: await crypto.subtle.importKey("raw", bytesOf(secret), algorithm, false, ["sign"]) };
    }),
  );
}

/** Read base64, with either alphabet. */
export function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}
