// Five moments side by side, for those who would rather see nothing move: the story after one to five fifths of it.
import { brightest } from "./crowd.js";
import { drawFine, drawRings, drawStory, FEW } from "./fine.js";
import { Raster } from "./raster.js";

export const MOMENTS = 5;

export function drawMoments(list, forest, palette, says) {
  list.replaceChildren();
  const side = 260;
  for (let moment = 1; moment <= MOMENTS; moment++) {
    const count = Math.max(1, Math.round((forest.n * moment) / MOMENTS));
    const item = document.createElement("li");
    const figure = document.createElement("figure");
    const canvas = document.createElement("canvas");
    const caption = document.createElement("figcaption");
    const { title, text } = says(count, moment);
    const strong = document.createElement("strong");
    strong.textContent = title;
    caption.append(strong, text);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${title}, ${text}`);
    figure.append(canvas, caption);
    item.append(figure);
    list.append(item);
    drawMoment(canvas, forest, palette, count, side);
  }
  list.hidden = false;
}

function drawMoment(canvas, forest, palette, count, side) {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  const unit = side / 2 - 8;
  const camera = { zoom: 1, unit, left: side / 2, top: side / 2, toScreen: (x, y) => [side / 2 + x * unit, side / 2 + y * unit] };
  if (forest.n > FEW) {
    const crowd = new Raster(canvas);
    crowd.resize(side, side, ratio);
    crowd.load(forest);
    const view = { ...camera, width: side, height: side, xs: forest.px, ys: forest.py, tones: palette.tones, lights: palette.lights, keeps: new Uint8Array(forest.meta.combos.length || 1).fill(1), from: 0, to: forest.n };
    crowd.begin({ ...view, white: brightest(forest, forest.px, forest.py, view) });
    crowd.add(0, count);
    crowd.present();
    return;
  }
  canvas.width = canvas.height = side * ratio;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  drawRings(context, forest, camera);
  drawFine(context, { forest, xs: forest.px, ys: forest.py, camera, many: forest.n * 2, sizes: forest.sizesAt(count), tones: palette.tones, lights: palette.lights, entries: palette.entries, dims: null }, forest.first(count), { plain: true });
  drawStory(context, forest, camera);
}
