// What a verdict sounds and feels like. Sounds are made, not loaded: they need no file and no network.

// [start, length, hertz, wave]: in rises, again stays, no falls, the alarm is a siren.
const SOUNDS = {
  in: [[0, 0.09, 880, "sine"], [0.09, 0.16, 1318.5, "sine"]],
  again: [[0, 0.1, 587.3, "triangle"], [0.16, 0.1, 587.3, "triangle"], [0.32, 0.14, 587.3, "triangle"]],
  no: [[0, 0.18, 196, "square"], [0.2, 0.4, 130.8, "square"]],
  alarm: [0, 1, 2, 3, 4, 5].map((beat) => [beat * 0.18, 0.17, beat % 2 ? 740 : 1108.7, "sawtooth"]),
};
const LOUDNESS = { sine: 0.5, triangle: 0.6, square: 0.25, sawtooth: 0.4 };
const SHAKES = { in: [70], again: [60, 90, 60, 90, 60], no: [350], alarm: [400, 120, 400, 120, 400, 120, 400] };

export class Feedback {
  constructor() {
    this.audio = null;
    const unlock = () => this.unlock();
    for (const event of ["pointerdown", "keydown", "touchend"]) addEventListener(event, unlock, { capture: true, passive: true });
  }

  /** Browsers let a page sound only after somebody has touched it. */
  unlock() {
    const Audio = globalThis.AudioContext ?? globalThis.webkitAudioContext;
    if (!Audio) return;
    this.audio ??= new Audio({ latencyHint: "interactive" });
    if (this.audio.state !== "running") this.audio.resume().catch(() => {});
  }

  give(kind) {
    this.sound(kind);
    if (navigator.userActivation?.hasBeenActive ?? true) navigator.vibrate?.(SHAKES[kind]);
  }

  sound(kind) {
    if (this.audio?.state !== "running") return;
    for (const [start, length, hertz, wave] of SOUNDS[kind]) this.#note(this.audio.currentTime + start, length, hertz, wave);
  }

  #note(at, length, hertz, wave) {
    const [tone, loudness] = [this.audio.createOscillator(), this.audio.createGain()];
    tone.type = wave;
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(LOUDNESS[wave], at + 0.008);
    loudness.gain.setValueAtTime(LOUDNESS[wave], at + length - 0.03);
    loudness.gain.linearRampToValueAtTime(0, at + length);
    tone.connect(loudness).connect(this.audio.destination);
    tone.start(at);
    tone.stop(at + length);
  }
}
