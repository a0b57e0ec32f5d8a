// The passes a gate knows: 8-byte hashes in order of number, found through a table without a single object per pass.
//
// `GET /g/api/list` gives them as TGL1: whole, and then what changed. The table is open addressing over typed arrays:
// 100,000 passes are built in some milliseconds and found in microseconds, on a slow phone too.

const MAGIC = 0x314c4754; // "TGL1", little-endian.
const HEADER = 24;
const WHOLE = 0;
const REVOKED = 255;
const PLAIN = { l: null, a: 1, f: null, u: null };

/**
 * @typedef {{l: string | null, a: number, f: number | null, u: number | null}} PassClass
 * @typedef {{slots: [string, Uint8Array][], hashes: Uint8Array, classes: Uint8Array, kinds: PassClass[],
 *   cursor: string, size: number}} Snapshot What is kept in the device's database.
 */

/** What a gate knows of an event's passes. */
export class PassList {
  constructor() {
    this.clear();
  }

  clear() {
    this.cursor = "0";
    this.size = 0;
    this.kinds = [];
    this.full = new Map();
    this.grow(1024);
  }

  /**
   * Take what the server answered: the whole, or what changed. Taking the same twice changes nothing.
   *
   * @param {ArrayBuffer} buffer
   * @returns {boolean} Whether it was the whole.
   */
  take(buffer) {
    const view = new DataView(buffer);
    if (buffer.byteLength < HEADER || view.getUint32(0, true) !== MAGIC || view.getUint8(4) !== 1) {
      throw new TypeError("not a list of passes");
    }
    const whole = view.getUint8(5) === WHOLE;
    const count = view.getUint32(16, true);
    const metaLength = view.getUint32(20, true);
    const bytes = new Uint8Array(buffer);
    const meta = JSON.parse(new TextDecoder().decode(bytes.subarray(HEADER, HEADER + metaLength)));
    const slotBytes = meta.slots.reduce((sum, slot) => sum + slot.bytes, 0);
    const start = HEADER + metaLength;
    if (start + count * (whole ? 9 : 13) + slotBytes !== buffer.byteLength) throw new TypeError("a list cut short");

    if (whole) this.takeWhole(bytes, start, count);
    else this.takeChanged(view, bytes, start, count);
    this.kinds = meta.classes;
    this.takeSlots(bytes, buffer.byteLength - slotBytes, meta.slots, whole);
    this.cursor = String(view.getBigUint64(8, true));
    return whole;
  }

  takeWhole(bytes, start, count) {
    this.size = 0;
    this.grow(count);
    this.hashes.set(bytes.subarray(start, start + count * 8));
    this.classes.set(bytes.subarray(start + count * 8, start + count * 9));
    this.size = count;
    this.build();
  }

  takeChanged(view, bytes, start, count) {
    const hashes = start + count * 4;
    const classes = hashes + count * 8;
    for (let row = 0; row < count; row++) {
      const number = view.getUint32(start + row * 4, true);
      if (number > this.capacity) this.grow(Math.max(number, this.capacity * 2));
      this.size = Math.max(this.size, number);
      const hash = bytes.subarray(hashes + row * 8, hashes + row * 8 + 8);
      const isNew = !this.sameHash(number, hash);
      this.hashes.set(hash, (number - 1) * 8);
      this.classes[number - 1] = bytes[classes + row];
      if (isNew) this.place(number);
    }
  }

  takeSlots(bytes, start, slots, whole) {
    if (whole) this.full.clear();
    let at = start;
    for (const { id, bytes: length } of slots) {
      const marks = this.marks(id);
      let number = 0;
      let full = true;
      for (const end = at + length; at < end; ) {
        let gap = 0;
        for (let shift = 0, more = true; more; shift += 7) {
          more = bytes[at] > 127;
          gap |= (bytes[at++] & 127) << shift;
        }
        // A gap of nothing ends those that came in; what follows are those that have room again.
        if (gap === 0) [full, number] = [false, 0];
        else mark(marks, (number += gap), full);
      }
    }
  }

  /** The passes without room left in a slot, a bit each. */
  marks(slot) {
    let marks = this.full.get(slot);
    if (!marks || marks.length * 8 <= this.capacity) {
      const grown = new Uint8Array((this.capacity >> 3) + 1);
      if (marks) grown.set(marks);
      this.full.set(slot, (marks = grown));
    }
    return marks;
  }

  /** Tell whether a pass has no room left in a slot. */
  isFull(number, slot) {
    const marks = this.full.get(slot);
    return Boolean(marks && marks[number >> 3] & (1 << (number & 7)));
  }

  /**
   * Find a pass by the hash of its code.
   *
   * @param {Uint8Array} hash 8 bytes.
   * @returns {number} Its number; 0 where the list has no such pass.
   */
  find(hash) {
    const words = new Uint32Array(hash.slice(0, 8).buffer);
    for (let place = words[0] & this.mask; this.table[place]; place = (place + 1) & this.mask) {
      const at = (this.table[place] - 1) * 2;
      if (this.words[at] === words[0] && this.words[at + 1] === words[1]) return this.table[place];
    }
    return 0;
  }

  /** Tell whether there is a pass of this number. */
  has(number) {
    const at = (number - 1) * 2;
    return number >= 1 && number <= this.size && Boolean(this.words[at] || this.words[at + 1]);
  }

  /** Give the hash of a pass's code. */
  hash(number) {
    return this.hashes.slice((number - 1) * 8, number * 8);
  }

  /** Give what holds for a pass: its label, how many it admits, from and until when; null where it was revoked. */
  kind(number) {
    const kind = this.classes[number - 1];
    return kind === REVOKED ? null : (this.kinds[kind] ?? PLAIN);
  }

  sameHash(number, hash) {
    const at = (number - 1) * 8;
    return hash.every((byte, index) => byte === this.hashes[at + index]);
  }

  grow(capacity) {
    const { hashes, classes } = this;
    this.capacity = Math.max(capacity, 1024);
    this.hashes = new Uint8Array(this.capacity * 8);
    this.classes = new Uint8Array(this.capacity);
    this.words = new Uint32Array(this.hashes.buffer);
    if (this.size) {
      this.hashes.set(hashes.subarray(0, this.size * 8));
      this.classes.set(classes.subarray(0, this.size));
    }
    this.build();
  }

  build() {
    // At least half of the places stay free, so that a search ends after one or two.
    const places = 1 << Math.ceil(Math.log2(this.capacity * 2));
    this.mask = places - 1;
    this.table = new Uint32Array(places);
    this.placed = 0;
    for (let number = 1; number <= this.size; number++) if (this.has(number)) this.place(number);
  }

  place(number) {
    // A number whose hash changed leaves its old place behind, which finds nothing; too many of them, and we tidy up.
    if (++this.placed > this.capacity * 1.5) return this.build();
    let place = this.words[(number - 1) * 2] & this.mask;
    while (this.table[place]) place = (place + 1) & this.mask;
    this.table[place] = number;
  }

  /** @returns {Snapshot} */
  snapshot() {
    const { cursor, size, kinds } = this;
    const hashes = this.hashes.slice(0, size * 8);
    return { cursor, size, kinds, hashes, classes: this.classes.slice(0, size), slots: [...this.full] };
  }

  /** @param {Snapshot} snapshot */
  restore({ cursor, size, kinds, hashes, classes, slots }) {
    this.clear();
    this.grow(size);
    this.hashes.set(hashes);
    this.classes.set(classes);
    this.size = size;
    this.cursor = cursor;
    this.kinds = kinds;
    this.build();
    for (const [id, marks] of slots) this.full.set(id, marks);
  }
}

function mark(marks, number, full) {
  if (full) marks[number >> 3] |= 1 << (number & 7);
  else marks[number >> 3] &= ~(1 << (number & 7));
}
