// The time line: arrivals as bars, a moment that can be moved, and a window with two ends. Each is a slider for keys.

const BARS = 160;
const SMALL = 0.005;
const LARGE = 0.05;

export class Timeline {
  /** `says(part)` words a moment; `moved(part, done)` and `windowed(from, to, done)` are told what was dragged. */
  constructor(root, { says, moved, windowed }) {
    const find = (name) => root.querySelector(`[data-${name}]`);
    Object.assign(this, { says, moved, windowed, line: find("line"), bars: find("bars"), window: find("window"), from: find("from"), to: find("to"), head: find("head") });
    this.parts = { from: 0, to: 1, head: 1 };
    for (const name of ["from", "to", "head"]) this.listen(this[name], name);
    this.drag(this.line, (part) => this.set("head", part));
    this.listenWindow();
    new ResizeObserver(() => this.draw()).observe(this.line);
  }

  load(forest) {
    const bars = (this.counts = new Float64Array(BARS));
    const buckets = forest.ends.length;
    let before = 0;
    for (let bar = 0; bar < BARS; bar++) {
      const until = forest.countAt((bar + 1) / BARS);
      bars[bar] = until - before;
      before = until;
    }
    this.parts = { from: 0, to: 1, head: 1 };
    this.line.classList.toggle("is-still", !buckets || forest.t1 <= forest.t0);
    this.update();
  }

  /** Put the head somewhere without telling anybody: the replay does. */
  put(part) {
    this.parts.head = part;
    this.update();
  }

  set(name, part, done = false) {
    const { parts } = this;
    const at = Math.max(0, Math.min(1, part));
    if (name === "head") parts.head = Math.max(parts.from, Math.min(parts.to, at));
    if (name === "from") parts.from = Math.min(at, parts.to);
    if (name === "to") parts.to = Math.max(at, parts.from);
    if (name !== "head") parts.head = parts.to;
    this.update();
    if (name === "head") this.moved(parts.head, done);
    else this.windowed(parts.from, parts.to, done);
  }

  listen(element, name) {
    this.drag(element, (part) => this.set(name, part), () => this.set(name, this.parts[name], true));
    element.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? LARGE : SMALL;
      const part = { ArrowLeft: this.parts[name] - step, ArrowDown: this.parts[name] - step, ArrowRight: this.parts[name] + step, ArrowUp: this.parts[name] + step, PageDown: this.parts[name] - LARGE, PageUp: this.parts[name] + LARGE, Home: 0, End: 1 }[event.key];
      if (part === undefined) return;
      event.preventDefault();
      this.set(name, part, true);
    });
  }

  /** Dragging the window's upper edge moves both of its ends. */
  listenWindow() {
    let grip = null;
    this.drag(
      this.window,
      (part) => {
        grip ??= { part, from: this.parts.from, to: this.parts.to };
        const wide = grip.to - grip.from;
        if (wide >= 1) return this.set("head", part);
        const from = Math.max(0, Math.min(1 - wide, grip.from + part - grip.part));
        Object.assign(this.parts, { from, to: from + wide, head: from + wide });
        this.update();
        this.windowed(from, from + wide, false);
      },
      () => {
        grip = null;
        this.windowed(this.parts.from, this.parts.to, true);
      },
    );
  }

  drag(element, during, after = () => this.set("head", this.parts.head, true)) {
    const part = (event) => {
      const box = this.line.getBoundingClientRect();
      return (event.clientX - box.left) / box.width;
    };
    element.addEventListener("pointerdown", (event) => {
      if (event.button || event.target !== element && !event.target.matches("canvas")) return;
      element.setPointerCapture(event.pointerId);
      during(part(event));
      const move = (next) => during(part(next));
      const end = () => {
        element.removeEventListener("pointermove", move);
        after();
      };
      element.addEventListener("pointermove", move);
      element.addEventListener("lostpointercapture", end, { once: true });
    });
  }

  get isWhole() {
    return this.parts.from <= 0 && this.parts.to >= 1;
  }

  update() {
    const { parts } = this;
    for (const name of ["from", "to", "head"]) {
      const element = this[name];
      element.style.insetInlineStart = `${parts[name] * 100}%`;
      element.setAttribute("aria-valuenow", Math.round(parts[name] * 1000));
      element.setAttribute("aria-valuetext", this.says(parts[name]));
    }
    this.window.style.insetInlineStart = `${parts.from * 100}%`;
    this.window.style.inlineSize = `${(parts.to - parts.from) * 100}%`;
    this.line.classList.toggle("has-window", !this.isWhole);
    this.draw();
  }

  draw() {
    const { bars, counts, parts } = this;
    const { width, height } = this.line.getBoundingClientRect();
    if (!counts || !width) return;
    const ratio = window.devicePixelRatio || 1;
    if (bars.width !== Math.round(width * ratio)) [bars.width, bars.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const context = bars.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const shades = getComputedStyle(this.line);
    const [lit, rest] = [shades.getPropertyValue("--bars").trim(), shades.getPropertyValue("--bars-rest").trim()];
    const group = width < 500 ? 2 : 1;
    let most = 1;
    const heights = [];
    for (let bar = 0; bar < BARS; bar += group) {
      let count = 0;
      for (let one = bar; one < bar + group; one++) count += counts[one];
      heights.push(count);
      most = Math.max(most, count);
    }
    const step = width / heights.length;
    for (let bar = 0; bar < heights.length; bar++) {
      const at = (bar + 0.5) / heights.length;
      const on = at <= parts.head && at >= parts.from && at <= parts.to;
      context.fillStyle = on ? lit : rest;
      context.globalAlpha = at < parts.from || at > parts.to ? 0.5 : 1;
      const tall = heights[bar] ? 3 + Math.sqrt(heights[bar] / most) * (height - 10) : 1.5;
      context.beginPath();
      context.roundRect(bar * step + step * 0.12, height - tall, step * 0.76, tall, Math.min(2, step * 0.3));
      context.fill();
    }
    context.globalAlpha = 1;
  }
}
