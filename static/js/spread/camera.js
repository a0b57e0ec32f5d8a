// Which part of the picture is seen: zoom and pan by wheel, pinch, drag, keys and buttons.

const NEAREST = 400;
const MARGIN = 14;

export class Camera {
  constructor(changed) {
    this.changed = changed;
    this.zoom = 1;
    this.at = [0, 0]; // The point of the picture that is in the middle.
    this.box = { x: 0, y: 0, width: 1, height: 1 };
  }

  /** The part of the field that is free for the picture, in pixels. */
  fit(box) {
    this.box = box;
  }

  get unit() {
    return this.zoom * Math.max(20, Math.min(this.box.width, this.box.height) / 2 - MARGIN);
  }

  get left() {
    return this.box.x + this.box.width / 2 - this.at[0] * this.unit;
  }

  get top() {
    return this.box.y + this.box.height / 2 - this.at[1] * this.unit;
  }

  toScreen(x, y) {
    return [this.left + x * this.unit, this.top + y * this.unit];
  }

  toPicture(x, y) {
    return [(x - this.left) / this.unit, (y - this.top) / this.unit];
  }

  reset() {
    this.zoom = 1;
    this.at = [0, 0];
    this.changed();
  }

  zoomBy(factor, x = this.box.x + this.box.width / 2, y = this.box.y + this.box.height / 2) {
    const before = this.toPicture(x, y);
    this.zoom = Math.max(1, Math.min(NEAREST, this.zoom * factor));
    const after = this.toPicture(x, y);
    this.at = [this.at[0] + before[0] - after[0], this.at[1] + before[1] - after[1]];
    this.hold();
    this.changed();
  }

  pan(dx, dy) {
    this.at = [this.at[0] - dx / this.unit, this.at[1] - dy / this.unit];
    this.hold();
    this.changed();
  }

  /** Bring a point into sight when it is not. */
  reveal(x, y, width, height) {
    const [sx, sy] = this.toScreen(x, y);
    if (sx > 30 && sy > 30 && sx < width - 30 && sy < height - 30) return;
    this.at = [x, y];
    this.changed();
  }

  hold() {
    if (this.zoom === 1) this.at = [0, 0];
    this.at = this.at.map((one) => Math.max(-1, Math.min(1, one)));
  }

  /** Listen to wheel, drag and pinch; a press that did not move is a tap. */
  listen(element, tap, hover) {
    const fingers = new Map();
    let moved = 0;
    let spread = 0;
    const place = (event) => {
      const box = element.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    element.addEventListener(
      "wheel",
      (event) => {
        // A page that is scrolled past must not be caught: the wheel zooms once the picture is held, or with Ctrl.
        if (!event.ctrlKey && !event.metaKey && this.zoom === 1 && !element.contains(document.activeElement)) return;
        event.preventDefault();
        this.zoomBy(Math.exp(-event.deltaY * (event.ctrlKey ? 0.012 : 0.0016)), ...place(event));
      },
      { passive: false },
    );
    element.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      fingers.set(event.pointerId, place(event));
      moved = fingers.size > 1 ? Infinity : 0;
      spread = apart(fingers);
    });
    element.addEventListener("pointermove", (event) => {
      const held = fingers.get(event.pointerId);
      if (!held) {
        if (event.pointerType === "mouse") hover(place(event));
        return;
      }
      const now = place(event);
      moved += Math.hypot(now[0] - held[0], now[1] - held[1]);
      fingers.set(event.pointerId, now);
      if (fingers.size === 2) {
        const wide = apart(fingers);
        if (spread) this.zoomBy(wide / spread, ...middle(fingers));
        spread = wide;
      } else if (moved > 6 && this.zoom > 1) {
        element.setPointerCapture(event.pointerId);
        this.pan(now[0] - held[0], now[1] - held[1]);
      }
    });
    const gone = (event) => {
      if (!fingers.delete(event.pointerId)) return;
      if (event.type === "pointerup" && moved <= 6) tap(place(event), event.pointerType);
      spread = 0;
    };
    element.addEventListener("pointerup", gone);
    element.addEventListener("pointercancel", gone);
    element.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") hover(null);
    });
    element.addEventListener("dblclick", (event) => this.zoomBy(2, ...place(event)));
  }
}

function apart(fingers) {
  if (fingers.size !== 2) return 0;
  const [a, b] = fingers.values();
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

function middle(fingers) {
  const [a, b] = fingers.values();
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}
