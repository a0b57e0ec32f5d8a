// The picture itself: which renderer draws, what is kept, what lies above it. Nothing is drawn twice that need not be.
import { Camera } from "./camera.js";
import { brightest } from "./crowd.js";
import { drawFine, drawRings, drawStory, FEW, glow, light } from "./fine.js";
import { drawNewcomers, drawOver } from "./over.js";
import { Gl, hardware } from "./gl.js";
import { Grid } from "./grid.js";
import { Raster } from "./raster.js";

const BUDGET = 40; // Milliseconds of drawing before the page gets its turn again.
const CHUNK = 8000;
const SETTLE = 130;
const BRANCH_MOST = 6000;

export class Picture {
  constructor(field, { renderer = null, still = false } = {}) {
    this.field = field;
    this.still = still;
    this.forced = renderer;
    [this.ground, this.crowdCanvas, this.above] = ["ground", "crowd", "above"].map((name) => {
      const canvas = document.createElement("canvas");
      canvas.className = `spread-canvas is-${name}`;
      field.append(canvas);
      return canvas;
    });
    this.crowd = this.chooseRenderer();
    this.camera = new Camera(() => this.cameraMoved());
    this.newcomers = [];
    this.lit = null;
    this.count = 0;
    this.range = [0, Infinity];
    this.waiters = [];
    this.margins = () => ({ left: 0, right: 0, top: 0, bottom: 0 });
    new ResizeObserver(() => this.resize()).observe(field);
    this.resize();
  }

  chooseRenderer() {
    if (this.forced !== "canvas") {
      const gl = hardware(this.crowdCanvas, this.forced === "webgl");
      if (gl) {
        this.crowdCanvas.addEventListener("webglcontextlost", (event) => {
          event.preventDefault();
          this.fallBack();
        });
        try {
          return new Gl(this.crowdCanvas, gl);
        } catch {
          // A driver that cannot compile what the standard asks for: drawn by hand below.
        }
      }
      this.replaceCrowdCanvas();
    }
    return new Raster(this.crowdCanvas);
  }

  /** A canvas that gave a WebGL context gives no other: a fresh one takes its place. */
  replaceCrowdCanvas() {
    const fresh = this.crowdCanvas.cloneNode();
    this.crowdCanvas.replaceWith(fresh);
    this.crowdCanvas = fresh;
  }

  fallBack() {
    this.replaceCrowdCanvas();
    this.crowd = new Raster(this.crowdCanvas);
    if (this.forest) this.crowd.load(this.forest);
    this.resize();
  }

  resize() {
    const box = this.field.getBoundingClientRect();
    if (!box.width || !box.height) return;
    this.width = box.width;
    this.height = box.height;
    this.ratio = Math.min(3, window.devicePixelRatio || 1);
    for (const canvas of [this.ground, this.above]) {
      canvas.width = Math.round(box.width * this.ratio);
      canvas.height = Math.round(box.height * this.ratio);
    }
    this.crowd.resize(box.width, box.height, this.ratio);
    const { left, right, top, bottom } = this.margins(box);
    this.camera.fit({ x: left, y: top, width: box.width - left - right, height: box.height - top - bottom });
    this.redraw();
  }

  // --- What is shown -------------------------------------------------------------------------------------------------

  load(forest, palette) {
    this.forest = forest;
    this.xs = forest.px;
    this.ys = forest.py;
    this.palette = palette;
    this.keeps = new Uint8Array(Math.max(1, forest.meta.combos.length)).fill(1);
    this.range = [0, forest.n];
    this.count = forest.n;
    this.grid = null;
    this.sizes = forest.size;
    this.newcomers = [];
    this.light(-1);
    this.crowd.load(forest);
    this.redraw();
  }

  recolour(palette) {
    this.palette = palette;
    this.redraw();
  }

  filter(keeps, range) {
    this.keeps = keeps;
    this.range = range;
    this.redraw();
  }

  show(count) {
    if (count === this.count) return;
    this.count = count;
    if (this.few) {
      this.sizes = this.forest.sizesAt(count);
      this.dirty = true;
    }
    this.request();
  }

  get few() {
    return this.forest.n <= FEW && !this.forced;
  }

  get shown() {
    const [from, to] = this.range;
    const { combo } = this.forest;
    return (row) => row < this.count && row >= from && row < to && this.keeps[combo[row]] === 1;
  }

  light(row) {
    if (row === (this.lit?.row ?? -1)) return;
    this.lit = row >= 0 ? { row, chain: this.forest.chain(row), branch: this.forest.branch(row, BRANCH_MOST).slice(1, BRANCH_MOST) } : null;
    for (const canvas of [this.ground, this.crowdCanvas]) canvas.classList.toggle("is-dim", Boolean(this.lit));
    this.request();
  }

  nearest(x, y, reach) {
    this.grid ??= new Grid(this.xs, this.ys);
    const [px, py] = this.camera.toPicture(x, y);
    const count = this.count;
    return this.grid.nearest(px, py, reach / this.camera.unit, (row) => row < count);
  }

  place(row) {
    return this.camera.toScreen(this.xs[row], this.ys[row]);
  }

  // --- Drawing -------------------------------------------------------------------------------------------------------

  redraw() {
    this.dirty = true;
    this.request();
  }

  cameraMoved() {
    this.movedAt = performance.now();
    this.dirty = true;
    this.request();
    this.onmove?.();
  }

  request() {
    if (this.requested || !this.forest || !this.width) return;
    this.requested = true;
    requestAnimationFrame(() => {
      this.requested = false;
      this.draw();
    });
  }

  /** Resolves when everything that was asked for is drawn. */
  drawn() {
    if (!this.requested && !this.dirty) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  draw() {
    let ready = true;
    const rows = this.dirty || this.fineRows ? this.rowsInSight() : null;
    if (rows) {
      this.fineRows = rows;
      this.crowdView = null;
      this.crowdCanvas.style.visibility = "hidden";
      if (this.dirty) this.drawGround(rows);
      this.dirty = false;
    } else {
      if (this.dirty) {
        this.fineRows = null;
        this.drawGround(null);
        this.crowdCanvas.style.visibility = "";
      }
      ready = this.drawCrowd();
    }
    this.drawAbove();
    if (!ready || this.newcomers.some((one) => one.fresh)) this.request();
    if (ready && !this.requested) for (const resolve of this.waiters.splice(0)) resolve();
  }

  /** The rows to draw one by one, when they are few enough; else null. */
  rowsInSight() {
    const { forest, camera, count } = this;
    if (this.few) return forest.first(count);
    if (camera.zoom < 1.4) return null;
    this.grid ??= new Grid(this.xs, this.ys);
    const [left, top] = camera.toPicture(-20, -20);
    const [right, bottom] = camera.toPicture(this.width + 20, this.height + 20);
    const found = this.grid.inside(left, top, right, bottom, FEW);
    if (!found) return null;
    const rows = new Set(found);
    for (const row of found) {
      if (rows.size > 2 * FEW) break;
      for (const child of forest.childrenOf(row)) rows.add(child);
    }
    return [...rows].filter((row) => row < count).sort((a, b) => a - b);
  }

  scene(many) {
    const { forest, xs, ys, camera, palette, range } = this;
    const plain = this.keeps.every((one) => one) && range[0] <= 0 && range[1] >= forest.n;
    const shown = this.shown;
    return { forest, xs, ys, camera, many, tones: palette.tones, lights: palette.lights, entries: palette.entries, sizes: this.sizes, dims: plain ? null : (row) => !shown(row) };
  }

  clean(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    return context;
  }

  drawGround(rows) {
    const context = this.clean(this.ground);
    drawRings(context, this.forest, this.camera);
    if (!rows) return;
    drawFine(context, this.scene(this.few ? this.forest.n : Math.max(400, rows.length)), rows);
    drawStory(context, this.forest, this.camera);
  }

  drawCrowd() {
    const { crowd, camera } = this;
    const slow = crowd.name === "canvas" ? this.forest.n > 15_000 : this.forest.n > 400_000;
    if (this.dirty && slow && this.crowdView && !this.gliding && performance.now() - this.movedAt < SETTLE) {
      const k = camera.unit / this.crowdView.unit;
      this.crowdCanvas.style.transform = `translate(${camera.left - this.crowdView.left * k}px, ${camera.top - this.crowdView.top * k}px) scale(${k})`;
      return false;
    }
    if (this.dirty) {
      this.crowdCanvas.style.transform = "";
      crowd.begin((this.crowdView = this.view()));
      this.dirty = false;
    } else if (this.count < crowd.count && !crowd.back(this.count)) crowd.begin(this.crowdView);
    const began = performance.now();
    while (crowd.count < this.count) {
      crowd.add(crowd.count, crowd.name === "canvas" ? Math.min(this.count, crowd.count + CHUNK) : this.count);
      if (performance.now() - began > BUDGET) break;
    }
    const ready = crowd.count >= this.count;
    // A picture that is being made shows itself now and then; showing it costs as much as thousands of people.
    if (ready || !this.presentedAt || began - this.presentedAt > 220) {
      crowd.present();
      this.presentedAt = began;
    }
    return ready;
  }

  view() {
    const { camera, palette, xs, ys, keeps, range } = this;
    const view = { left: camera.left, top: camera.top, unit: camera.unit, zoom: camera.zoom, width: this.width, height: this.height, xs, ys, tones: palette.tones, lights: palette.lights, keeps, from: range[0], to: range[1], moved: this.gliding };
    view.white = brightest(this.forest, xs, ys, view);
    return view;
  }

  drawAbove() {
    const context = this.clean(this.above);
    const scene = this.scene(this.few ? this.forest.n : Math.max(400, this.fineRows?.length ?? FEW));
    if (!this.lit) this.drawNewest(context);
    drawNewcomers(context, scene, this.newcomers, this.still);
    if (this.lit) drawOver(context, { ...scene, dims: null }, this.lit, this.count);
  }

  /** Light where it is new. */
  drawNewest(context) {
    const { forest, count, camera, xs, ys, palette, shown } = this;
    if (forest.n < 2) return;
    const most = forest.n > FEW ? Math.min(260, Math.ceil(forest.n / 60)) : Math.min(90, Math.ceil(forest.n * 0.07));
    context.globalCompositeOperation = "lighter";
    const size = this.few ? Math.max(8, Math.min(20, 260 / Math.sqrt(forest.n))) : 7;
    for (let row = Math.max(0, count - most); row < count; row++) {
      if (!shown(row)) continue;
      const [x, y] = camera.toScreen(xs[row], ys[row]);
      if (x < -40 || y < -40 || x > this.width + 40 || y > this.height + 40) continue;
      const youth = 1 - (count - 1 - row) / most;
      glow(context, light(palette.lights[palette.tones[row]]), x, y, size * (0.7 + 0.5 * youth), 0.35 + 0.6 * youth);
    }
    context.globalCompositeOperation = "source-over";
  }

  // --- Taking it away --------------------------------------------------------------------------------------------------

  /** Paint what is seen onto another canvas. */
  paint(context, x, y, width, height) {
    for (const canvas of [this.ground, this.fineRows ? null : this.crowdCanvas, this.above]) {
      if (!canvas) continue;
      context.globalAlpha = canvas.classList.contains("is-dim") ? 0.3 : 1;
      context.drawImage(canvas, x, y, width, height);
    }
    context.globalAlpha = 1;
  }

  /** How many pixels are lit, and by which renderer. */
  seen() {
    if (!this.fineRows) return { by: this.crowd.name, lit: this.crowd.lit() };
    const { data } = this.ground.getContext("2d").getImageData(0, 0, this.ground.width, this.ground.height);
    let lit = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at] > 30) lit++;
    return { by: "fine", lit };
  }
}
