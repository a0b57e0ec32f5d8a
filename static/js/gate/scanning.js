// The scanning screen: what the camera, a reader on a cable or somebody's fingers give becomes a verdict.
import { Camera } from "./camera.js";
import { part, parts, write } from "./page.js";
import { Wake } from "./wake.js";

const SAME = 3000; // Milliseconds in which the same code is the same look at it.
const ECHO = 1500;

export class Scanning {
  constructor(app) {
    this.app = app;
    this.way = "entry";
    this.last = { text: "", at: -Infinity, said: "" };
    this.turn = Promise.resolve();
    this.busy = 0;
    this.camera = new Camera(part("video"));
    this.camera.onfail = (error) => this.#unseen(error);
    this.wake = new Wake();
    part("camera-again").addEventListener("click", () => this.look());
    part("turn").addEventListener("click", () => this.#change());
    part("torch").addEventListener("click", () => this.#light());
    for (const button of parts("way")) button.addEventListener("click", () => this.go(button.dataset.way));
  }

  get shown() {
    return this.app.screen === "scan";
  }

  get kind() {
    return this.app.engine.place?.kind === "gate" ? this.way : "visit";
  }

  /** Go in or out. */
  go(way) {
    this.way = way;
    for (const button of parts("way")) button.setAttribute("aria-pressed", String(button.dataset.way === way));
    this.#hint();
  }

  /** Come to this screen, or leave it. */
  show(shown) {
    this.wake.want(shown);
    if (shown) {
      part("viewer").dataset.kind = this.kind;
      part("ways").hidden = this.app.engine.place?.kind !== "gate";
      this.#hint();
      this.look();
    } else {
      this.stop?.();
      this.stop = null;
      this.camera.stop();
    }
  }

  async look() {
    part("camera-none").hidden = true;
    const { sight, words } = this.app;
    write(part("hint"), words.say("hint.waking"));
    this.stop?.();
    this.stop = sight.follow(this.camera, part("target"), (text, seen) => this.#read(text, seen));
    try {
      await this.camera.start();
    } catch (error) {
      return this.#unseen(error);
    }
    this.#tools();
    this.#hint();
    if (!(await sight.ready)) write(part("hint"), words.say("hint.reader"));
  }

  /** Take a code from a reader on a cable. */
  wedged(text) {
    if (!this.app.booth.isAsking) this.take(text);
    return true;
  }

  /** Take a code; `meant` where somebody asked for it by a button, so that it is no second look. */
  take(text, { meant = false, seen = performance.now(), kind = this.kind, people = null, forced = false } = {}) {
    this.busy++;
    this.turn = this.turn.then(async () => {
      try {
        if (this.app.engine.locked || !this.app.engine.place || (!meant && this.#same(text))) return;
        const verdict = await this.app.engine.scan(text, { kind, people, forced });
        if (verdict.kind === "pairing") Object.assign(verdict, { said: "no", reason: "pairing" });
        this.last = { text, at: performance.now(), said: verdict.said };
        this.app.showing.show(verdict, { text, kind });
        requestAnimationFrame(() => measure(seen));
        this.app.history.show();
      } catch (error) {
        this.app.fail(error, "reason.broken");
      } finally {
        this.busy--;
      }
    });
    return this.turn;
  }

  /** A verdict was looked at: what is still held to the camera is not a new look. */
  seen(verdict, text) {
    if (text === this.last.text && verdict.said !== "in") this.last.at = performance.now();
  }

  #read(text, seen) {
    if (!this.shown || this.busy || this.app.showing.holds || this.app.occupied) return;
    this.take(text, { seen });
  }

  #same(text) {
    if (text !== this.last.text || performance.now() - this.last.at > SAME) return false;
    if (!this.app.showing.open) {
      const echo = part("echo");
      write(echo, this.app.words.say(`echo.${this.last.said}`));
      echo.dataset.said = this.last.said;
      clearTimeout(this.echoing);
      this.echoing = setTimeout(() => (echo.hidden = true), ECHO);
    }
    return true;
  }

  #hint() {
    const { words } = this.app;
    part("viewer").dataset.kind = this.kind;
    write(part("hint"), words.say(`hint.${this.kind}`));
    part("scan-title").textContent = words.say(`hint.${this.kind}`);
  }

  #tools() {
    part("turn").hidden = !this.camera.many;
    part("torch").hidden = !this.camera.canLight;
    part("torch").setAttribute("aria-pressed", "false");
  }

  #unseen(error) {
    part("camera-none").hidden = false;
    write(part("camera-why"), this.app.words.say(`camera.${error.message}`) || this.app.words.say("camera.none"));
    write(part("hint"), "");
    part("turn").hidden = true;
    part("torch").hidden = true;
  }

  async #change() {
    await this.camera.turn().catch((error) => this.#unseen(error));
    this.#tools();
  }

  async #light() {
    const torch = part("torch");
    const on = torch.getAttribute("aria-pressed") !== "true";
    await this.camera.light(on).catch(() => {});
    torch.setAttribute("aria-pressed", String(on));
  }
}

// From the picture that held the code to the verdict on the screen; kept for whoever measures.
function measure(seen) {
  performance.clearMeasures("gate:verdict");
  performance.measure("gate:verdict", { start: seen, end: performance.now() });
}
