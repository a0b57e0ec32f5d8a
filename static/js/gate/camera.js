// The phone's camera: on, off, the other one, its light, and what it sees.

const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

export class Camera {
  constructor(video) {
    this.video = video;
    this.stream = null;
    this.wanted = false;
    this.chosen = null; // A device's id, once somebody has asked for the other one.
    this.many = false;
    this.watchers = new Set();
    document.addEventListener("visibilitychange", () => this.#follow());
  }

  /** Start; rejects with an Error whose message is denied, none, busy or insecure. */
  async start() {
    this.wanted = true;
    if (this.stream) return;
    if (!navigator.mediaDevices?.getUserMedia) throw new Error("insecure");
    const which = this.chosen ? { deviceId: { exact: this.chosen } } : { facingMode: { ideal: "environment" } };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { ...WANTED, ...which }, audio: false });
    } catch (error) {
      throw new Error({ NotAllowedError: "denied", SecurityError: "denied", NotReadableError: "busy", AbortError: "busy" }[error.name] ?? "none");
    }
    if (!this.wanted) return release(stream);
    this.stream = stream;
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => this.#lost());
    const able = track.getCapabilities?.() ?? {};
    if (able.focusMode?.includes("continuous")) track.applyConstraints({ advanced: [{ focusMode: "continuous" }] }).catch(() => {});
    this.video.srcObject = stream;
    this.video.classList.toggle("is-mirrored", track.getSettings?.().facingMode === "user");
    await this.video.play().catch(() => {}); // Refused only where the page is hidden; it plays once it is seen.
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    this.cameras = devices.filter(({ kind }) => kind === "videoinput");
    this.many = this.cameras.length > 1;
    this.#watch();
  }

  stop() {
    this.wanted = false;
    this.#release();
  }

  /** Take the next camera. */
  async turn() {
    const now = this.stream?.getVideoTracks()[0]?.getSettings?.().deviceId;
    const at = this.cameras.findIndex(({ deviceId }) => deviceId === now);
    this.chosen = this.cameras[(at + 1) % this.cameras.length].deviceId;
    this.#release();
    await this.start();
  }

  get canLight() {
    return Boolean(this.stream?.getVideoTracks()[0]?.getCapabilities?.().torch);
  }

  async light(on) {
    await this.stream?.getVideoTracks()[0]?.applyConstraints({ advanced: [{ torch: on }] });
  }

  /** Call `look(moment)` for each new picture; gives back what ends that. */
  watch(look) {
    this.watchers.add(look);
    return () => this.watchers.delete(look);
  }

  /** Where an element that lies over the video is in the camera's picture, as parts of it, with some room around. */
  region(over, room = 0.12) {
    const { videoWidth: wide, videoHeight: high } = this.video;
    const [box, target] = [this.video.getBoundingClientRect(), over.getBoundingClientRect()];
    const scale = Math.max(box.width / wide, box.height / high); // object-fit: cover
    const width = Math.min(1, (target.width * (1 + 2 * room)) / scale / wide);
    const height = Math.min(1, (target.height * (1 + 2 * room)) / scale / high);
    const x = 0.5 + (target.x + target.width / 2 - box.x - box.width / 2) / scale / wide - width / 2;
    const y = 0.5 + (target.y + target.height / 2 - box.y - box.height / 2) / scale / high - height / 2;
    return { x: within(x, 1 - width), y: within(y, 1 - height), width, height };
  }

  #watch() {
    const { stream, video } = this;
    const next = video.requestVideoFrameCallback ? (act) => video.requestVideoFrameCallback(act) : requestAnimationFrame;
    const look = (moment) => {
      if (this.stream !== stream) return;
      next(look);
      if (video.videoWidth && video.readyState >= 2) for (const watcher of this.watchers) watcher(moment);
    };
    next(look);
  }

  #release() {
    if (this.stream) release(this.stream);
    this.stream = null;
    this.video.srcObject = null;
  }

  // Phones take the camera away from a page that is not seen, and some never give it back by themselves.
  #follow() {
    if (document.visibilityState === "hidden") this.#release();
    else if (this.wanted && !this.stream) this.start().catch((error) => this.onfail?.(error));
  }

  #lost() {
    this.#release();
    if (this.wanted && document.visibilityState === "visible") this.start().catch((error) => this.onfail?.(error));
  }
}

function release(stream) {
  for (const track of stream.getTracks()) track.stop();
}

const within = (value, most) => Math.max(0, Math.min(most, value));
