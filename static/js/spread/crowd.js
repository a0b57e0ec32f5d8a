// What both renderers of a crowd share: how strong a person's light is, whose edges are drawn, how light becomes colour.
// Light adds up; where it is dense, its logarithm is shown, so that one person alone and ten thousand in one place are
// both seen. Past some hundred thousand people edges would only be a haze: those of large branches are drawn.

const EDGES_ALL = 150_000;
const EDGES_MOST = 40_000;
const SAMPLE = 120_000;
export const DIM = 0.07;

export function manner(forest) {
  const { n, size } = forest;
  const manner = { least: 1, edge: n <= 12_000 ? 0.34 : n <= 60_000 ? 0.2 : 0.13, steps: n <= 12_000 ? 10 : n <= 60_000 ? 5 : 1, purer: 0 };
  if (n > EDGES_ALL) {
    const counts = new Uint32Array(64);
    for (let row = 0; row < n; row++) counts[Math.min(63, 32 - Math.clz32(size[row]))]++;
    let [edges, bits] = [0, 63];
    while (bits > 0 && edges + counts[bits] <= EDGES_MOST) edges += counts[bits--];
    manner.least = 2 ** Math.max(1, bits);
    manner.edge = 0.5;
    manner.steps = 3;
    // Where thousands share a place their colours would mix to grey: the grey they have in common is taken out.
    manner.purer = 0.55;
  }
  return manner;
}

/** The strength of edges: those of large branches must be seen against the light of the crowd. */
export const edgeStrength = (manner, white) => (manner.purer ? manner.edge * Math.max(1, white / 9) : manner.edge);

/** How much light the brightest places get: what will be white. Measured on a sample, so that it holds for a whole replay. */
export function brightest(forest, xs, ys, view) {
  const stride = Math.max(1, Math.ceil(forest.n / SAMPLE));
  const cell = 4;
  const across = Math.ceil(view.width / cell);
  const down = Math.ceil(view.height / cell);
  const counts = new Uint32Array(across * down);
  for (let row = 0; row < forest.n; row += stride) {
    const x = Math.floor((view.left + xs[row] * view.unit) / cell);
    const y = Math.floor((view.top + ys[row] * view.unit) / cell);
    if (x >= 0 && y >= 0 && x < across && y < down) counts[y * across + x]++;
  }
  const filled = counts.filter((count) => count > 0).sort();
  const high = filled.length ? filled[Math.floor(filled.length * 0.995)] : 1;
  const lines = manner(forest).least > 1 ? 1 : 2.2;
  return Math.max(3, (1.6 * lines * high * stride) / (cell * cell));
}

export const STEEPNESS = 1.8;
export const CONTRAST = 1.12;

/** The share of full brightness that an amount of light gets. */
export function shown(amount, white) {
  return Math.min(1, (Math.log1p(STEEPNESS * amount) / Math.log1p(STEEPNESS * white)) ** CONTRAST);
}

/** The radius of a dot in pixels: most are points, who carried much is larger. */
export function crowdRadius(size, n, closer) {
  const most = n > 150_000 ? 2.2 : n > 30_000 ? 3 : 4.2;
  const own = n > 150_000 ? (Math.log2(size) - 9) * 0.3 : n > 30_000 ? (Math.log2(size) - 4) * 0.3 : 0.25 + Math.log2(size) * 0.42;
  return Math.min(most, Math.max(0, own)) * closer;
}
