// From one layout to another: everybody walks to their new place, where there are not too many; else the picture fades.

const MILLISECONDS = 600;
const FADE = 170;
const MOST = { canvas: 9_000, webgl: 80_000 };

/** Show another layout of the same people, or of more: those who are new set out from their introducer. */
export async function glide(picture, forest, palette, walks) {
  if (picture.still || !walks || forest.n > MOST[picture.crowd.name]) return fade(picture, () => picture.load(forest, palette));
  const before = { n: picture.forest.n, xs: picture.xs, ys: picture.ys };
  const lit = picture.lit?.row ?? -1;
  picture.load(forest, palette);
  const [toX, toY] = [picture.xs, picture.ys];
  const [fromX, fromY] = [new Float32Array(forest.n), new Float32Array(forest.n)];
  for (let row = 0; row < forest.n; row++) {
    const above = forest.depth[row] ? forest.parent[row] : row;
    fromX[row] = row < before.n ? before.xs[row] : above < row ? fromX[above] : toX[row];
    fromY[row] = row < before.n ? before.ys[row] : above < row ? fromY[above] : toY[row];
  }
  const turn = (picture.gliding = {});
  [picture.xs, picture.ys] = [fromX.slice(), fromY.slice()];
  const began = performance.now();
  for (let t = 0; t < 1 && picture.gliding === turn; ) {
    t = Math.min(1, (performance.now() - began) / MILLISECONDS);
    const k = 1 - (1 - t) ** 3;
    for (let row = 0; row < forest.n; row++) {
      picture.xs[row] = fromX[row] + (toX[row] - fromX[row]) * k;
      picture.ys[row] = fromY[row] + (toY[row] - fromY[row]) * k;
    }
    picture.redraw();
    await new Promise(requestAnimationFrame);
  }
  if (picture.gliding !== turn) return;
  picture.gliding = null;
  [picture.xs, picture.ys, picture.grid] = [toX, toY, null];
  picture.light(lit);
  picture.redraw();
}

async function fade(picture, swap) {
  if (picture.still) return swap();
  picture.field.classList.add("is-fading");
  await new Promise((resolve) => setTimeout(resolve, FADE));
  swap();
  await picture.drawn();
  picture.field.classList.remove("is-fading");
}
