// The measures that run along with a replay: kept up to date person by person, or made anew for any part of a forest.
// A first teller is somebody whose introducer is not among those counted. Structural virality is the mean number of
// steps between two people of one tree, weighted by pairs (Goel, Anderson, Hofman and Watts, 2016): 2 ΣW / Σ n (n − 1).
import { NOBODY } from "./wire.js";

const PATIENCE = 400; // Mean generation above which a walk up for each newcomer would cost more than counting anew.

export class Running {
  constructor(forest) {
    this.forest = forest;
    this.takes = () => true;
    this.start(0);
  }

  /** Count the first so many rows, or those of them that a filter takes. */
  start(count, takes = null) {
    const { n, parent } = this.forest;
    this.takes = takes ?? (() => true);
    this.size ??= new Uint32Array(n);
    this.root ??= new Uint32Array(n);
    this.depth ??= new Uint32Array(n);
    this.sums ??= new Float64Array(n);
    const { size, root, depth, sums } = this;
    size.fill(0);
    sums.fill(0);
    this.people = this.tellers = this.height = this.pairs = this.steps = this.deep = 0;
    for (let row = 0; row < count; row++) {
      if (takes && !takes(row)) continue;
      size[row] = 1;
      this.people++;
      const above = parent[row];
      if (above === NOBODY || !size[above]) {
        root[row] = row;
        depth[row] = 0;
        this.tellers++;
        continue;
      }
      root[row] = root[above];
      depth[row] = depth[above] + 1;
      if (depth[row] > this.height) this.height = depth[row];
      sums[root[row]] += depth[row];
      this.deep += depth[row];
    }
    for (let row = count - 1; row >= 0; row--) if (size[row] && depth[row]) size[parent[row]] += size[row];
    for (let row = 0; row < count; row++) {
      if (!size[row]) continue;
      const whole = size[root[row]];
      if (depth[row]) this.steps += size[row] * (whole - size[row]);
      else this.pairs += whole * (whole - 1);
    }
    this.count = count;
    return this;
  }

  /** Count on to so many rows. */
  grow(count) {
    if (count < this.count || this.deep > PATIENCE * Math.max(1, this.people)) return this.start(count, this.takes);
    for (let row = this.count; row < count; row++) if (this.takes(row)) this.join(row);
    this.count = count;
    return this;
  }

  join(row) {
    const { size, root, depth, sums } = this;
    const { parent } = this.forest;
    const above = parent[row];
    size[row] = 1;
    sums[row] = 0;
    this.people++;
    if (above === NOBODY || !size[above]) {
      root[row] = row;
      depth[row] = 0;
      this.tellers++;
      return;
    }
    const first = root[above];
    const whole = size[first];
    root[row] = first;
    depth[row] = depth[above] + 1;
    if (depth[row] > this.height) this.height = depth[row];
    let distance = sums[first];
    for (let one = above; ; one = parent[one]) {
      if (one !== first) distance += whole - 2 * size[one];
      size[one]++;
      if (one === first) break;
    }
    this.steps += distance + whole;
    this.pairs += 2 * whole;
    sums[first] += depth[row];
    this.deep += depth[row];
  }

  get generations() {
    return this.people ? this.height + 1 : 0;
  }

  get each() {
    return this.people ? (this.people - this.tellers) / this.people : null;
  }

  get virality() {
    return this.pairs ? (2 * this.steps) / this.pairs : null;
  }
}
