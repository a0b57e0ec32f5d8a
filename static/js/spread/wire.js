// Reads the flat columns of a forest ("TSP1") and works out what a picture needs to know of each row.
// Rows come in order of arrival. A clock may be wrong, so an introducer may stand in a later row than somebody they
// told: such people wait for their introducer, and everything after this file may rely on parent < child.

export const NOBODY = 0xffffffff;
const HEADER = 64;
const EDGE = 32000;

export function decode(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < HEADER || view.getUint32(0, false) !== 0x54535031) throw new Error("not a picture of a spread");
  const u32 = (at) => view.getUint32(at, true);
  const n = u32(4);
  const [buckets, rings, metaBytes] = [u32(32), u32(36), u32(44)];
  let at = HEADER;
  const meta = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, at, metaBytes)));
  at += metaBytes;
  const column = (Type, count) => {
    const read = new Type(buffer, at, count);
    at += Math.ceil((count * Type.BYTES_PER_ELEMENT) / 4) * 4;
    return read;
  };
  const columns = {
    parent: column(Uint32Array, n),
    x: column(Int16Array, n),
    y: column(Int16Array, n),
    combo: column(Uint16Array, n),
    value: column(Uint8Array, n),
  };
  const ends = column(Uint32Array, buckets);
  const rows = waiting(columns.parent) ? inOrder(columns, ends) : null;
  return new Forest(n, { ...columns, ends, meta, rings, rows, total: u32(8), flags: u32(12), t0: view.getFloat64(16, true), t1: view.getFloat64(24, true) });
}

function waiting(parent) {
  for (let row = 0; row < parent.length; row++) if (parent[row] !== NOBODY && parent[row] >= row) return true;
  return false;
}

/** Put everybody behind their introducer; the answer tells which row of the server's each row was. */
function inOrder(columns, ends) {
  const { parent } = columns;
  const n = parent.length;
  const since = new Uint32Array(n);
  const done = new Uint8Array(n);
  const path = [];
  for (let row = 0; row < n; row++) {
    let one = row;
    while (one !== NOBODY && !done[one]) {
      done[one] = 1;
      path.push(one);
      one = parent[one];
    }
    while (path.length) {
      const last = path.pop();
      since[last] = parent[last] === NOBODY ? last : Math.max(last, since[parent[last]]);
    }
  }
  const level = levels(parent);
  const rows = Uint32Array.from({ length: n }, (_, row) => row).sort((a, b) => since[a] - since[b] || level[a] - level[b] || a - b);
  const place = new Uint32Array(n);
  rows.forEach((row, at) => (place[row] = at));
  columns.parent = rows.map((row) => (parent[row] === NOBODY ? NOBODY : place[parent[row]]));
  for (const name of ["x", "y", "combo", "value"]) {
    const before = columns[name];
    columns[name] = before.map((_, at) => before[rows[at]]);
  }
  let bucket = 0;
  const grown = new Uint32Array(ends.length);
  for (let at = 0; at < n; at++) {
    while (bucket < ends.length - 1 && ends[bucket] <= since[rows[at]]) grown[bucket++] = at;
  }
  grown.fill(n, bucket);
  for (let one = 0; one < bucket; one++) if (ends[one] === 0) grown[one] = 0;
  ends.set(grown);
  return rows;
}

function levels(parent) {
  const level = new Int32Array(parent.length).fill(-1);
  const path = [];
  for (let row = 0; row < parent.length; row++) {
    let one = row;
    while (one !== NOBODY && level[one] < 0) {
      path.push(one);
      one = parent[one];
    }
    let depth = one === NOBODY ? -1 : level[one];
    while (path.length) level[path.pop()] = ++depth;
  }
  return level;
}

export class Forest {
  constructor(n, facts) {
    this.n = n;
    Object.assign(this, facts);
    this.packed = Boolean(this.flags & 1);
    // Several trees around one middle: there stands the story itself, and its first tellers are its first branches.
    this.storied = Boolean(this.flags & 2);
    this.px = scaled(this.x);
    this.py = scaled(this.y);
    const { parent } = this;
    this.depth = new Uint32Array(n);
    this.root = new Uint32Array(n);
    this.size = new Uint32Array(n).fill(1);
    this.height = 0;
    this.trees = 0;
    for (let row = 0; row < n; row++) {
      const above = parent[row];
      if (above === NOBODY) {
        this.root[row] = row;
        this.trees++;
      } else {
        this.depth[row] = this.depth[above] + 1;
        this.root[row] = this.root[above];
        if (this.depth[row] > this.height) this.height = this.depth[row];
      }
    }
    for (let row = n - 1; row >= 0; row--) if (parent[row] !== NOBODY) this.size[parent[row]] += this.size[row];
  }

  /** The row by which the server knows somebody. */
  serverRow(row) {
    return this.rows ? this.rows[row] : row;
  }

  rowOf(serverRow) {
    return this.rows ? this.rows.indexOf(serverRow) : serverRow;
  }

  /** Where the tree of a row has its middle: the picture's own, or in a packed forest its first teller. */
  centre(row) {
    return this.packed ? [this.px[this.root[row]], this.py[this.root[row]]] : [0, 0];
  }

  /** How many had come by a part (0 … 1) of the whole time. */
  countAt(part) {
    if (part >= 1) return this.n;
    const at = Math.max(0, part) * this.ends.length;
    const bucket = Math.floor(at);
    const before = bucket ? this.ends[bucket - 1] : 0;
    return Math.floor(before + (this.ends[bucket] - before) * (at - bucket));
  }

  /** The part of the time by which so many had come. */
  partAt(count) {
    let [low, high] = [0, this.ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ends[middle] < count) low = middle + 1;
      else high = middle;
    }
    return Math.min(1, (low + 1) / this.ends.length);
  }

  momentAt(part) {
    return this.t0 + (this.t1 - this.t0) * part;
  }

  /** The rows of the first so many. */
  first(count) {
    this._every ??= Uint32Array.from({ length: this.n }, (_, row) => row);
    return count >= this.n ? this._every : this._every.subarray(0, count);
  }

  /** How large everybody's branch was when so many had come. */
  sizesAt(count) {
    if (count >= this.n) return this.size;
    const sizes = new Uint32Array(this.n);
    for (let row = count - 1; row >= 0; row--) {
      sizes[row]++;
      if (this.depth[row]) sizes[this.parent[row]] += sizes[row];
    }
    return sizes;
  }

  children() {
    if (this._children) return this._children;
    const { n, parent } = this;
    const first = new Uint32Array(n + 1);
    for (let row = 0; row < n; row++) if (parent[row] !== NOBODY) first[parent[row] + 1]++;
    for (let row = 0; row < n; row++) first[row + 1] += first[row];
    const next = first.slice(0, n);
    const list = new Uint32Array(n);
    const roots = [];
    for (let row = 0; row < n; row++) {
      if (parent[row] === NOBODY) roots.push(row);
      else list[next[parent[row]]++] = row;
    }
    this._children = { first, list, roots };
    return this._children;
  }

  childrenOf(row) {
    const { first, list } = this.children();
    return list.subarray(first[row], first[row + 1]);
  }

  siblingsOf(row) {
    return this.parent[row] === NOBODY ? this.children().roots : this.childrenOf(this.parent[row]);
  }

  /** A row and those above it, the first teller first. */
  chain(row) {
    const rows = [];
    for (let one = row; one !== NOBODY; one = this.parent[one]) rows.push(one);
    return rows.reverse();
  }

  /** A row and everybody below it, nearest first; at most so many. */
  branch(row, most = Infinity) {
    const rows = [row];
    for (let at = 0; at < rows.length && rows.length < most; at++) {
      for (const child of this.childrenOf(rows[at])) rows.push(child);
    }
    return rows;
  }
}

function scaled(whole) {
  const parts = new Float32Array(whole.length);
  for (let at = 0; at < whole.length; at++) parts[at] = whole[at] / EDGE;
  return parts;
}
