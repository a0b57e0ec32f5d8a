// One device, perhaps several tabs: each records, the one that was looked at last sends, and all hear of what changed.

const NAME = "tular-gate";

/** The tabs of this device that have the gate open. */
export class Tabs {
  /** @param {(message: object) => void} hear What to do with another tab's word. */
  constructor(hear) {
    this.leads = !navigator.locks;
    this.channel = new BroadcastChannel(NAME);
    this.channel.onmessage = ({ data }) => hear(data);
    this.seen = () => document.visibilityState === "visible" && this.lead(true);
    document.addEventListener("visibilitychange", this.seen);
    this.lead(document.visibilityState === "visible");
  }

  /** Tell the other tabs. */
  tell(message) {
    this.channel?.postMessage(message);
  }

  /**
   * Become the one that sends: at once, or when nobody else does any more.
   *
   * A tab in the background may be frozen with the lock in its hand, so the one in sight takes it away.
   */
  async lead(atOnce) {
    if (!navigator.locks || this.leads || !this.channel) return;
    this.waiting?.abort();
    const waiting = (this.waiting = new AbortController());
    const options = atOnce ? { steal: true } : { signal: waiting.signal };
    const hold = () => {
      if (this.waiting !== waiting) return undefined;
      this.leads = true;
      return new Promise((release) => (this.release = release));
    };
    await navigator.locks.request(NAME, options, hold).catch(() => {}); // Taken away, or given up for a later request.
    if (this.waiting !== waiting) return;
    this.leads = false;
    this.lead(false);
  }

  /** Leave the others alone. */
  end() {
    document.removeEventListener("visibilitychange", this.seen);
    this.channel?.close();
    this.channel = null;
    this.waiting?.abort();
    this.waiting = null;
    this.leads = false;
    this.release?.();
  }
}
