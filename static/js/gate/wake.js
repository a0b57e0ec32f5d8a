// Keeps the screen lit while somebody scans.

export class Wake {
  constructor() {
    this.wanted = false;
    this.held = null;
    document.addEventListener("visibilitychange", () => this.#follow());
  }

  want(wanted) {
    this.wanted = wanted;
    this.#follow();
  }

  async #follow() {
    if (!("wakeLock" in navigator)) return;
    if (!this.wanted) {
      await this.held?.release().catch(() => {});
      this.held = null;
    } else if (document.visibilityState === "visible" && (!this.held || this.held.released)) {
      this.held = await navigator.wakeLock.request("screen").catch(() => null); // A low battery may say no.
    }
  }
}
