// Finds who stands nearest to a point: everybody sorted into the squares of a grid.

export class Grid {
  constructor(xs, ys) {
    this.xs = xs;
    this.ys = ys;
    this.across = Math.max(1, Math.min(1024, Math.ceil(Math.sqrt(xs.length / 3))));
    const cells = this.across ** 2;
    this.first = new Uint32Array(cells + 1);
    for (let row = 0; row < xs.length; row++) this.first[this.cell(row) + 1]++;
    for (let cell = 0; cell < cells; cell++) this.first[cell + 1] += this.first[cell];
    const next = this.first.slice(0, cells);
    this.rows = new Uint32Array(xs.length);
    for (let row = 0; row < xs.length; row++) this.rows[next[this.cell(row)]++] = row;
  }

  line(at) {
    return Math.max(0, Math.min(this.across - 1, Math.floor(((at + 1) / 2) * this.across)));
  }

  cell(row) {
    return this.line(this.ys[row]) * this.across + this.line(this.xs[row]);
  }

  /** The nearest row within a reach that is wanted; of two at one place, the one who came first. */
  nearest(x, y, reach, wanted) {
    let best = -1;
    let least = reach * reach;
    this.within(x - reach, y - reach, x + reach, y + reach, (row) => {
      const distance = (this.xs[row] - x) ** 2 + (this.ys[row] - y) ** 2;
      if (distance > least || (distance === least && best >= 0 && row > best) || !wanted(row)) return;
      [best, least] = [row, distance];
    });
    return best;
  }

  /** Call for each row of the squares that a rectangle touches; stop when the call answers false. */
  within(left, top, right, bottom, call) {
    const [a, b, c, d] = [this.line(left), this.line(top), this.line(right), this.line(bottom)];
    for (let j = b; j <= d; j++) {
      const end = this.first[j * this.across + c + 1];
      for (let at = this.first[j * this.across + a]; at < end; at++) if (call(this.rows[at]) === false) return false;
    }
    return true;
  }

  /** The rows inside a rectangle, or null when there are more than so many. */
  inside(left, top, right, bottom, most) {
    const found = [];
    const whole = this.within(left, top, right, bottom, (row) => {
      const [x, y] = [this.xs[row], this.ys[row]];
      if (x < left || x > right || y < top || y > bottom) return true;
      return found.push(row) <= most;
    });
    return whole ? found : null;
  }
}
