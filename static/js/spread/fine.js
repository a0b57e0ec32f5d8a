// Draws few people beautifully, on a 2D canvas: tapering curves, dots that grow with their branch, light, letters.
import { bend } from "./curve.js";
import { NOBODY } from "./wire.js";

export const FEW = 3000;
const GLOW = [255, 243, 223];
const sprites = new Map();

/** A soft round light, made once for each colour. */
export function light(colour) {
  const key = colour.join();
  if (sprites.has(key)) return sprites.get(key);
  const side = 64;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  const fade = context.createRadialGradient(side / 2, side / 2, 0, side / 2, side / 2, side / 2);
  for (const [at, alpha] of [[0, 0.9], [0.14, 0.5], [0.34, 0.2], [0.62, 0.06], [1, 0]]) fade.addColorStop(at, `rgba(${key},${alpha})`);
  context.fillStyle = fade;
  context.fillRect(0, 0, side, side);
  sprites.set(key, canvas);
  return canvas;
}

const css = (light, alpha) => `rgba(${light[0]},${light[1]},${light[2]},${alpha})`;

/** A first teller is drawn as the story itself, unless the story has a place of its own in the middle of them all. */
const isWhite = (forest, row) => forest.parent[row] === NOBODY && !forest.storied;

/**
 * How large a dot is, in pixels: with its branch, and with the room there is. People who are drawn out of a crowd get
 * the room that those in sight leave them; the people of a small forest grow a little as one comes closer.
 */
export function dotRadius(scene, row) {
  const { camera, forest, many } = scene;
  const first = isWhite(forest, row);
  const size = scene.sizes[row] || 1;
  const span = camera.unit / camera.zoom;
  const crowd = forest.n > FEW;
  const room = Math.max(crowd ? 0.5 : 0.62, Math.min(crowd ? 2.6 : 7, (span / 350) * Math.sqrt(1000 / Math.max(many, 14))));
  const closer = crowd ? 1 : Math.min(4, camera.zoom ** 0.42);
  const own = first ? 3.1 + Math.log2(size) * 0.5 : 1.1 + Math.log2(size) * (crowd ? 0.42 : 0.62);
  const less = forest.packed || forest.trees > 12 ? 0.6 : 1;
  return Math.min(26, own * Math.min(room, first ? 3.4 : 9) * closer) * less;
}

/**
 * Draw rows. `scene` has xs, ys, forest, tones, lights, entries, camera, many (how many share the room), sizes (of the
 * branches as they stand), dims(row), and newest (a row from which on people are new).
 */
export function drawFine(context, scene, rows, style = {}) {
  const { forest, xs, ys, camera, tones, lights } = scene;
  const [left, top, unit] = [camera.left, camera.top, camera.unit];
  const thin = (style.thin ?? Math.max(0.55, Math.min(2.6, Math.sqrt(420 / Math.max(30, scene.many))))) * (forest.n > FEW ? 1 : Math.min(1.7, camera.zoom ** 0.25));
  const out = [0, 0, 0, 0];
  const hairs = new Map();
  const ribbons = new Map();
  const points = new Map();
  const put = (map, key) => map.get(key) ?? (map.set(key, []), map.get(key));
  for (const row of rows) {
    const key = tones[row] * 2 + (scene.dims?.(row) ? 1 : 0);
    const above = forest.parent[row];
    put(points, key).push(row);
    if (above !== NOBODY || forest.storied) put(scene.sizes[row] > 1 ? ribbons : hairs, key).push(row);
  }
  const curve = (row) => {
    const above = forest.parent[row];
    const [ox, oy] = forest.packed ? [xs[forest.root[row]], ys[forest.root[row]]] : [0, 0];
    const [px, py] = above === NOBODY ? [0, 0] : [xs[above], ys[above]];
    bend(px, py, xs[row], ys[row], ox, oy, out);
    return [left + px * unit, top + py * unit, left + out[0] * unit, top + out[1] * unit, left + out[2] * unit, top + out[3] * unit, left + xs[row] * unit, top + ys[row] * unit];
  };
  const lit = style.lit;
  context.lineCap = "round";
  context.globalCompositeOperation = "lighter";
  for (const [key, list] of hairs) {
    context.strokeStyle = css(lights[key >> 1], key & 1 ? 0.09 : lit ? 0.78 : 0.34);
    context.lineWidth = lit ? thin * 1.25 : thin;
    context.beginPath();
    for (const row of list) {
      const p = curve(row);
      context.moveTo(p[0], p[1]);
      context.bezierCurveTo(p[2], p[3], p[4], p[5], p[6], p[7]);
    }
    context.stroke();
  }
  for (const [key, list] of ribbons) {
    context.fillStyle = css(lights[key >> 1], key & 1 ? 0.09 : lit ? 0.85 : 0.36);
    for (const row of list) {
      const above = forest.parent[row];
      const wide = (size) => thin * (lit ? 0.62 : 0.4) * (1 + Math.log2(size) * 0.42);
      ribbon(context, curve(row), wide(scene.sizes[row]) * 1.25 + Math.min(0.9, 0.06 * Math.log2(scene.sizes[above] || 1)), wide(scene.sizes[row]) * 0.62);
    }
  }
  // Lines add up to light; dots that lie upon each other must not, or a crowd would be white.
  if (scene.many > 700) context.globalCompositeOperation = "source-over";
  dots(context, scene, points, style);
  context.globalCompositeOperation = "source-over";
  if (!style.plain) letters(context, scene, points);
}

/** Fill a curve that is wide at its beginning and narrow at its end. */
function ribbon(context, [ax, ay, bx, by, cx, cy, dx, dy], start, end) {
  const side = (x, y, w) => {
    const long = Math.hypot(x, y) || 1;
    return [(-y / long) * w, (x / long) * w];
  };
  const [sx, sy] = side(bx - ax || dx - ax, by - ay || dy - ay, start);
  const [mx, my] = side(cx - bx, cy - by, (start + end) / 2);
  const [ex, ey] = side(dx - cx || dx - ax, dy - cy || dy - ay, end);
  context.beginPath();
  context.moveTo(ax + sx, ay + sy);
  context.bezierCurveTo(bx + mx, by + my, cx + mx, cy + my, dx + ex, dy + ey);
  context.lineTo(dx - ex, dy - ey);
  context.bezierCurveTo(cx - mx, cy - my, bx - mx, by - my, ax - sx, ay - sy);
  context.fill();
}

function dots(context, scene, points, style) {
  const { forest, xs, ys, camera, lights } = scene;
  const [left, top, unit] = [camera.left, camera.top, camera.unit];
  const radius = (row) => dotRadius(scene, row);
  for (const [key, list] of points) {
    const dim = key & 1;
    const colour = lights[key >> 1];
    const sprite = light(colour);
    const firsts = [];
    const glows = style.lit || scene.many < 600;
    context.fillStyle = css(colour, dim ? 0.16 : style.lit ? 1 : 0.86);
    context.beginPath();
    for (const row of list) {
      if (isWhite(forest, row)) {
        firsts.push(row);
        continue;
      }
      const r = radius(row);
      const [x, y] = [left + xs[row] * unit, top + ys[row] * unit];
      context.moveTo(x + r, y);
      context.arc(x, y, r, 0, 7);
      if (!dim && (glows || scene.sizes[row] > 8)) glow(context, sprite, x, y, r * (style.lit ? 4.2 : 3.4), style.lit ? 0.75 : 0.42);
    }
    context.fill();
    // The first tellers are white: the story itself.
    for (const row of firsts) {
      const r = radius(row);
      const [x, y] = [left + xs[row] * unit, top + ys[row] * unit];
      if (!dim) glow(context, light(GLOW), x, y, r * 4.4, scene.sizes[row] > 1 || forest.trees < 12 ? 0.85 : 0.3);
      context.fillStyle = css(GLOW, dim ? 0.25 : 1);
      context.beginPath();
      context.arc(x, y, r, 0, 7);
      context.fill();
    }
  }
}

/** The story itself, in the middle of its first tellers. */
export function drawStory(context, forest, camera) {
  if (!forest.storied || !forest.n) return;
  const [x, y] = camera.toScreen(0, 0);
  const r = Math.min(9, 4 + camera.unit / 90);
  context.globalCompositeOperation = "lighter";
  glow(context, light(GLOW), x, y, r * 4.6, 0.9);
  context.globalCompositeOperation = "source-over";
  context.fillStyle = css(GLOW, 1);
  context.beginPath();
  context.arc(x, y, r, 0, 7);
  context.fill();
}

export function glow(context, sprite, x, y, r, alpha) {
  context.globalAlpha = alpha;
  context.drawImage(sprite, x - r, y - r, 2 * r, 2 * r);
  context.globalAlpha = 1;
}

function letters(context, scene, points) {
  const { forest, xs, ys, camera, entries } = scene;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = "#15110e";
  for (const [key, list] of points) {
    if (key & 1) continue;
    for (const row of list) {
      if (isWhite(forest, row)) continue;
      const r = dotRadius(scene, row);
      if (r < 6.4) continue;
      const [x, y] = camera.toScreen(xs[row], ys[row]);
      context.font = `700 ${Math.round(r * 1.15)}px "Inter Variable", system-ui, sans-serif`;
      context.fillText(entries[key >> 1].letter, x, y + r * 0.06);
    }
  }
}

/** The faint rings on which generations, or equal times, stand. */
export function drawRings(context, forest, camera) {
  if (forest.packed) {
    const unit = camera.unit;
    context.strokeStyle = "rgba(255,243,223,.06)";
    context.lineWidth = 1;
    for (const [x, y, r] of forest.meta.discs ?? []) {
      const [sx, sy] = camera.toScreen(x / 32000, y / 32000);
      if ((r / 32000) * unit < 7) continue;
      context.beginPath();
      context.arc(sx, sy, (r / 32000) * unit, 0, 7);
      context.stroke();
    }
    return;
  }
  const [x, y] = camera.toScreen(0, 0);
  // Before anybody was told, the rings stand empty: that is where they will be.
  const rings = forest.meta.rings?.length ? forest.meta.rings : [[10_667, ""], [21_333, ""], [32_000, ""]];
  context.lineWidth = 1;
  context.font = '400 10.5px "Inter Variable", system-ui, sans-serif';
  context.textAlign = "center";
  context.textBaseline = "middle";
  let last = 0;
  for (const [radius, label] of rings) {
    const r = (radius / 32000) * camera.unit;
    context.strokeStyle = "rgba(255,243,223,.065)";
    context.beginPath();
    context.arc(x, y, r, 0, 7);
    context.stroke();
    if (r - last < 24 || !label) continue;
    last = r;
    // The words stand on a slant, where a radial tree leaves the most room between its spokes.
    context.fillStyle = "rgba(179,167,150,.55)";
    context.fillText(label, x + r * Math.sin(0.39), y - r * Math.cos(0.39));
  }
}
