// How an edge bends: it leaves the introducer along their own direction and arrives along the newcomer's, like a branch.

const SWIRL = 0.3;

/** The two inner points of the curve from one place to another around a centre, written into `out`. */
export function bend(px, py, cx, cy, ox, oy, out) {
  const [pdx, pdy, cdx, cdy] = [px - ox, py - oy, cx - ox, cy - oy];
  const pr = Math.hypot(pdx, pdy);
  const cr = Math.hypot(cdx, cdy);
  const middle = (pr + cr) / 2;
  if (cr < 1e-6) {
    [out[0], out[1], out[2], out[3]] = [px, py, cx, cy];
    return;
  }
  if (pr < 1e-4) {
    // From the very centre every direction is its own; a slight turn keeps the spokes from looking like a wheel.
    const [cos, sin] = [Math.cos(SWIRL), Math.sin(SWIRL)];
    const k = middle / cr;
    [out[0], out[1]] = [ox + k * (cdx * cos + cdy * sin) * 0.8, oy + k * (cdy * cos - cdx * sin) * 0.8];
    [out[2], out[3]] = [ox + k * 1.2 * cdx, oy + k * 1.2 * cdy];
    return;
  }
  [out[0], out[1]] = [ox + (pdx / pr) * middle, oy + (pdy / pr) * middle];
  [out[2], out[3]] = [ox + (cdx / cr) * middle, oy + (cdy / cr) * middle];
}
