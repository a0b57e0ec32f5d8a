// Draws a crowd without a graphics card: own lines and dots, added up as light, then shown as pixels.
import { bend } from "./curve.js";
import { crowdRadius, DIM, edgeStrength, manner, shown } from "./crowd.js";
import { NOBODY } from "./wire.js";

const UNIT = 96; // One person's light; a place holds some 680 of them before it is white.
const MOST = 65_535;
const PIXELS = 1_500_000; // More would be finer than it is worth without a graphics card.
const FRAMES = 12;
const FRAMES_FROM = 60_000;

export class Raster {
  constructor(canvas) {
    this.name = "canvas";
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.out = new Float64Array(4);
  }

  resize(width, height, ratio) {
    this.ratio = Math.min(ratio, Math.sqrt(PIXELS / (width * height)) || 1);
    this.width = this.canvas.width = Math.max(1, Math.round(width * this.ratio));
    this.height = this.canvas.height = Math.max(1, Math.round(height * this.ratio));
    this.light = new Uint16Array(this.width * this.height * 3);
    this.image = this.context.createImageData(this.width, this.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.frames = [];
  }

  load(forest) {
    this.forest = forest;
    this.manner = manner(forest);
    this.frames = [];
  }

  /** Nothing is shown yet. `view`: left, top, unit, zoom in CSS pixels; xs, ys, tones, lights, keeps(combo), from, to. */
  begin(view) {
    const { ratio } = this;
    this.view = view;
    this.frames = [];
    Object.assign(this, { left: view.left * ratio, top: view.top * ratio, unit: view.unit * ratio });
    this.closer = Math.min(3, view.zoom ** 0.4) * Math.sqrt(ratio);
    this.light.fill(0);
    this.bounds = [this.width, this.height, 0, 0];
    this.curve(view.white);
    this.whole = true;
    this.count = 0;
  }

  /** Show so many, when there is a kept picture of fewer; false when there is none. */
  back(count) {
    const frame = this.frames.findLast((one) => one.count <= count);
    if (!frame) return false;
    this.light.set(frame.light);
    this.whole = true;
    this.count = frame.count;
    return true;
  }

  curve(white) {
    if (this.white === white) return;
    this.white = white;
    this.scale = new Float32Array((MOST >> 3) + 1);
    for (let at = 0; at < this.scale.length; at++) {
      const amount = ((at << 3) + 4) / UNIT;
      this.scale[at] = (255 * shown(amount, white)) / (amount * UNIT);
    }
  }

  add(from, to) {
    const { forest, view, manner, unit, left, top, closer, width, height, light } = this;
    const { parent, size, combo, n } = forest;
    const { xs, ys, tones, lights, keeps } = view;
    const edges = edgeStrength(manner, view.white);
    const frames = n > FRAMES_FROM ? Math.floor(n / FRAMES) : Infinity;
    const stride = width * 3;
    const count = lights.length;
    const [reds, greens, blues] = [0, 1, 2].map((at) => Float32Array.from({ length: 2 * count }, (_, one) => (lights[one % count][at] / 255) * UNIT * (one < count ? 1 : DIM)));
    for (let row = from; row < to; row++) {
      if (row % frames === 0 && row > 0) this.keep(row);
      const dim = keeps[combo[row]] === 0 || row < view.from || row >= view.to;
      const tone = dim ? tones[row] + count : tones[row];
      const r = reds[tone];
      const g = greens[tone];
      const b = blues[tone];
      const x = left + xs[row] * unit;
      const y = top + ys[row] * unit;
      const above = parent[row];
      if (above === NOBODY) {
        const strong = dim ? UNIT * DIM : UNIT;
        this.disc(x, y, Math.max(1.6, crowdRadius(size[row], n, closer) * 1.3), strong, strong * 0.95, strong * 0.87);
        continue;
      }
      const own = size[row];
      if (own >= manner.least) this.edge(row, above, r * edges, g * edges, b * edges);
      if (own > 1) {
        const radius = crowdRadius(own, n, closer);
        if (radius > 0.75) {
          this.disc(x, y, radius, r, g, b);
          continue;
        }
      }
      // A point's light is shared by the four pixels around it. Written out: this is where a million people pass.
      const i = x | 0;
      const j = y | 0;
      if (x < 0 || y < 0 || i >= width - 1 || j >= height - 1) continue;
      const u = x - i;
      const v = y - j;
      let part = (1 - u) * (1 - v);
      let at = j * stride + i * 3;
      for (let corner = 0; corner < 4; corner++) {
        const red = light[at] + r * part;
        const green = light[at + 1] + g * part;
        const blue = light[at + 2] + b * part;
        light[at] = red > MOST ? MOST : red;
        light[at + 1] = green > MOST ? MOST : green;
        light[at + 2] = blue > MOST ? MOST : blue;
        if (corner === 1) at += stride - 3;
        else at += 3;
        part = corner === 0 ? u * (1 - v) : corner === 1 ? (1 - u) * v : u * v;
      }
    }
    this.count = to;
  }

  keep(count) {
    if (this.frames.length && this.frames.at(-1).count >= count) return;
    this.frames.push({ count, light: this.light.slice() });
  }

  plot(at, part, r, g, b) {
    const { light } = this;
    const x = light[at] + r * part;
    const y = light[at + 1] + g * part;
    const z = light[at + 2] + b * part;
    light[at] = x > MOST ? MOST : x;
    light[at + 1] = y > MOST ? MOST : y;
    light[at + 2] = z > MOST ? MOST : z;
  }

  disc(x, y, radius, r, g, b) {
    const reach = radius + 0.5;
    const [x0, x1] = [Math.max(0, Math.ceil(x - reach)), Math.min(this.width - 1, Math.floor(x + reach))];
    const [y0, y1] = [Math.max(0, Math.ceil(y - reach)), Math.min(this.height - 1, Math.floor(y + reach))];
    for (let j = y0; j <= y1; j++) {
      for (let i = x0; i <= x1; i++) {
        const part = reach - Math.hypot(i - x, j - y);
        if (part > 0) this.plot((j * this.width + i) * 3, 1.5 * Math.min(1, part), r, g, b);
      }
    }
  }

  edge(row, above, r, g, b) {
    const { forest, unit, left, top, out, manner } = this;
    const { xs, ys } = this.view;
    const [px, py, cx, cy] = [xs[above], ys[above], xs[row], ys[row]];
    let [x, y] = [left + px * unit, top + py * unit];
    if (manner.steps === 1) return this.line(x, y, left + cx * unit, top + cy * unit, r, g, b);
    const root = forest.root[row];
    bend(px, py, cx, cy, forest.packed ? xs[root] : 0, forest.packed ? ys[root] : 0, out);
    const long = (Math.abs(cx - px) + Math.abs(cy - py)) * unit;
    const steps = Math.max(1, Math.min(manner.steps, Math.ceil(long / 6)));
    for (let step = 1; step <= steps; step++) {
      const t = step / steps;
      const s = 1 - t;
      const [e, f, h, k] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
      const nx = left + (e * px + f * out[0] + h * out[2] + k * cx) * unit;
      const ny = top + (e * py + f * out[1] + h * out[3] + k * cy) * unit;
      this.line(x, y, nx, ny, r, g, b);
      [x, y] = [nx, ny];
    }
  }

  /** A line whose light is shared by the two pixels beside it at each step: smooth without drawing it twice. */
  line(ax, ay, bx, by, r, g, b) {
    const { light, width, height } = this;
    if ((ax < 0 && bx < 0) || (ay < 0 && by < 0) || (ax > width && bx > width) || (ay > height && by > height)) return;
    const steep = Math.abs(by - ay) > Math.abs(bx - ax);
    const long = Math.max(1, Math.ceil(steep ? Math.abs(by - ay) : Math.abs(bx - ax)));
    const [dx, dy] = [(bx - ax) / long, (by - ay) / long];
    const beside = steep ? 3 : width * 3;
    // Far zooms make edges that are mostly out of sight: only the part inside is walked.
    let [first, last] = [0, long];
    if (long > 2 * Math.max(width, height)) [first, last] = within(ax, ay, dx, dy, long, width, height);
    for (let step = first; step < last; step++) {
      const x = ax + dx * step;
      const y = ay + dy * step;
      const i = Math.floor(x);
      const j = Math.floor(y);
      if (i < 0 || j < 0 || i >= width - 1 || j >= height - 1) continue;
      const second = steep ? x - i : y - j;
      const p = 1 - second;
      const at = (j * width + i) * 3;
      const to = at + beside;
      let v = light[at] + r * p;
      light[at] = v > MOST ? MOST : v;
      v = light[at + 1] + g * p;
      light[at + 1] = v > MOST ? MOST : v;
      v = light[at + 2] + b * p;
      light[at + 2] = v > MOST ? MOST : v;
      v = light[to] + r * second;
      light[to] = v > MOST ? MOST : v;
      v = light[to + 1] + g * second;
      light[to + 1] = v > MOST ? MOST : v;
      v = light[to + 2] + b * second;
      light[to + 2] = v > MOST ? MOST : v;
    }
  }

  present() {
    const { light, pixels, scale, width, height, left, top, unit } = this;
    const { purer } = this.manner;
    // Only the square that holds the picture can have changed.
    const [x0, x1] = [Math.max(0, Math.floor(left - unit - 6)), Math.min(width, Math.ceil(left + unit + 6))];
    const [y0, y1] = [Math.max(0, Math.floor(top - unit - 6)), Math.min(height, Math.ceil(top + unit + 6))];
    if (this.whole) {
      pixels.fill(0);
      this.context.clearRect(0, 0, width, height);
      this.whole = false;
    }
    if (x1 <= x0 || y1 <= y0) return;
    for (let j = y0; j < y1; j++) {
      for (let i = x0, to = j * width + x0, at = to * 3; i < x1; i++, to++, at += 3) {
        const r = light[at];
        const g = light[at + 1];
        const b = light[at + 2];
        const most = r > g ? (r > b ? r : b) : g > b ? g : b;
        if (most < 2) continue;
        const k = scale[most >> 3];
        const a = most * k;
        // The ground shines through: colour at full strength, the share of light as opacity.
        const grey = purer && purer * (r < g ? (r < b ? r : b) : g < b ? g : b);
        const full = 254.9 / (most - grey);
        pixels[to] = ((a > 255 ? 255 : a) << 24) | (((b - grey) * full) << 16) | (((g - grey) * full) << 8) | ((r - grey) * full);
      }
    }
    this.context.putImageData(this.image, 0, 0, x0, y0, x1 - x0, y1 - y0);
  }

  /** How many pixels are lit: for tests that must see that something is drawn. */
  lit() {
    let count = 0;
    for (let at = 0; at < this.pixels.length; at++) if (this.pixels[at] >>> 24 > 20) count++;
    return count;
  }
}

function within(ax, ay, dx, dy, long, width, height) {
  let [from, to] = [0, long];
  for (const [a, d, most] of [[ax, dx, width], [ay, dy, height]]) {
    if (Math.abs(d) < 1e-9) continue;
    const [one, two] = [(0 - a) / d, (most - a) / d];
    from = Math.max(from, Math.min(one, two));
    to = Math.min(to, Math.max(one, two));
  }
  return [Math.max(0, Math.floor(from)), Math.min(long, Math.ceil(to))];
}
