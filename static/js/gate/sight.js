// The page's side of reading: pictures of the camera go to a worker, codes come back.
import { cut } from "./cut.js";

const APART = 66; // Milliseconds between two tries: about fifteen a second.
const MOST = { target: 720, whole: 1280 }; // Pixels, the longest side of what is read.
const WHOLE = { x: 0, y: 0, width: 1, height: 1 };
const EACH = 3; // Each third picture is read whole, the others where the target is.

export class Sight {
  #became;

  constructor({ script, wasm }) {
    this.worker = new Worker(script, { name: "gate-reader" });
    this.waiting = null;
    this.number = 0;
    this.last = 0;
    this.isReady = false;
    this.worker.addEventListener("message", ({ data }) => this.#hear(data));
    this.worker.addEventListener("error", () => this.#became(false));
    /** Resolves to whether codes can be read: the worker has then read one. */
    this.ready = new Promise((resolve) => (this.#became = resolve));
    compiled(wasm).then(
      (module) => this.worker.postMessage({ module }),
      () => this.#became(false),
    );
  }

  /**
   * Read codes from a camera until what is given back is called.
   *
   * @param {import("./camera.js").Camera} camera
   * @param {Element} target What lies over the part of the picture that is read first.
   * @param {(text: string, seen: number) => void} found Gets the code, and when its picture was taken.
   */
  follow(camera, target, found) {
    let turn = 0;
    return camera.watch(async () => {
      const now = performance.now();
      if (!this.isReady || this.waiting || now - this.last < APART) return;
      this.last = now;
      const whole = turn++ % EACH === EACH - 1;
      const text = await this.read(camera.video, whole ? WHOLE : camera.region(target), whole ? MOST.whole : MOST.target);
      if (text) found(text, now);
    });
  }

  /** Read one picture; null where there is no code in it. */
  async read(video, region, most) {
    const number = ++this.number;
    const answer = new Promise((resolve) => (this.waiting = { number, resolve }));
    try {
      const image = await this.#picture(video, region, most);
      this.worker.postMessage({ number, image, region, most }, [image.data?.buffer ?? image]);
    } catch {
      this.waiting = null; // The camera went away in this moment.
      return null;
    }
    return answer;
  }

  // A frame is handed over as it is where browsers can; elsewhere it is drawn and copied here.
  async #picture(video, region, most) {
    if (canDrawElsewhere) return globalThis.VideoFrame ? new VideoFrame(video) : createImageBitmap(video);
    this.canvas ??= document.createElement("canvas");
    return cut(this.canvas, video, video.videoWidth, video.videoHeight, region, most);
  }

  #hear(data) {
    if ("ready" in data) {
      this.isReady = data.ready;
      this.#became(data.ready);
    } else if (data.number === this.waiting?.number) {
      const { resolve } = this.waiting;
      this.waiting = null;
      resolve(data.text);
    }
  }
}

async function compiled(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status} for the reader`);
  const copy = answer.clone();
  return WebAssembly.compileStreaming(answer).catch(async () => WebAssembly.compile(await copy.arrayBuffer()));
}

const canDrawElsewhere = Boolean(globalThis.OffscreenCanvas && new OffscreenCanvas(1, 1).getContext("2d"));
