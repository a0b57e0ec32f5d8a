// What lies above the kept picture: the chosen person's chain and branch, and those who have just come.
import { bend } from "./curve.js";
import { dotRadius, drawFine, glow, light } from "./fine.js";

const ARRIVING = 1400;

/** The chain back to the first teller and the branch below, drawn out of the crowd. */
export function drawOver(context, scene, lit, count) {
  const { xs, ys, camera } = scene;
  const { row, chain } = lit;
  const branch = lit.branch.filter((one) => one < count);
  drawFine(context, scene, branch, { lit: branch.length < 400, thin: branch.length > 1500 ? 0.6 : undefined, plain: branch.length > 300 });
  const strong = Math.max(0.75, Math.min(1.8, 15 / Math.sqrt(scene.many)));
  drawFine(context, scene, chain, { lit: true, thin: strong });
  const [x, y] = camera.toScreen(xs[row], ys[row]);
  const r = Math.max(4, dotRadius(scene, row));
  context.strokeStyle = "#fff";
  context.lineWidth = 1.75;
  context.beginPath();
  context.arc(x, y, r + 3.5, 0, 7);
  context.stroke();
}

/** Those who came since the layout was made: beside their introducer, one ring further out. */
export function drawNewcomers(context, scene, newcomers, still) {
  const { forest, camera } = scene;
  const now = performance.now();
  const out = [0, 0, 0, 0];
  context.globalCompositeOperation = "lighter";
  for (const one of newcomers) {
    const age = still ? 1 : Math.min(1, (now - one.since) / ARRIVING);
    one.fresh = age < 1;
    const colour = scene.lights[one.tone] ?? scene.lights.at(-1);
    const ease = 1 - (1 - age) ** 3;
    const [fx, fy] = one.from ?? [one.x, one.y];
    const [x, y] = camera.toScreen(fx + (one.x - fx) * ease, fy + (one.y - fy) * ease);
    if (one.from) {
      bend(fx, fy, one.x, one.y, 0, 0, out);
      const [sx, sy] = camera.toScreen(fx, fy);
      context.strokeStyle = `rgba(${colour.join()},.6)`;
      context.lineWidth = 1.1;
      context.beginPath();
      context.moveTo(sx, sy);
      context.quadraticCurveTo(...camera.toScreen((out[0] + out[2]) / 2, (out[1] + out[3]) / 2), x, y);
      context.stroke();
    }
    const r = Math.max(2.2, Math.min(7, 60 / Math.sqrt(scene.many)));
    context.fillStyle = `rgb(${(one.from ? colour : [255, 243, 223]).join()})`;
    context.beginPath();
    context.arc(x, y, Math.max(1.8, r), 0, 7);
    context.fill();
    glow(context, light(colour), x, y, Math.max(9, r * 4) * (1 + 1.6 * (1 - ease)), 0.95);
  }
  context.globalCompositeOperation = "source-over";
}

/** Where somebody who has just come stands until the layout is made anew. */
export function standing(forest, parent, xs, ys, at) {
  const ring = 1 / Math.max(1, forest.rings);
  const turn = ((at * 0.61803) % 1) - 0.5;
  if (parent === null) {
    const angle = at * 2.39996;
    const r = forest.packed ? 0.98 : ring * 0.5;
    return { x: r * Math.cos(angle), y: r * Math.sin(angle), from: null };
  }
  const [x, y] = [xs(parent), ys(parent)];
  const long = Math.hypot(x, y);
  const angle = (long > 1e-4 ? Math.atan2(y, x) : at * 2.39996) + (turn * 0.5 * ring) / Math.max(ring, long);
  const step = forest.packed ? 0.02 : ring;
  if (forest.packed) return { x: x + step * Math.cos(at * 2.39996), y: y + step * Math.sin(at * 2.39996), from: [x, y] };
  const r = Math.min(long + step, 1.02);
  return { x: r * Math.cos(angle), y: r * Math.sin(angle), from: [x, y] };
}
