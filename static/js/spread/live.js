// Asks each second who has come since, while somebody is looking; more and more rarely when nobody answers.

const EVERY = 1000;
const RAREST = 30_000;

export class Live {
  constructor(url, { version, came, lost }) {
    Object.assign(this, { url, version, came, lost, have: 0, wait: EVERY, on: true });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.rest() : this.ask()));
    if (!document.hidden) this.plan();
  }

  /** A new picture was fetched: nobody has come since it. */
  restart() {
    this.have = 0;
    this.asked?.abort();
    this.plan();
  }

  rest() {
    clearTimeout(this.timer);
    this.asked?.abort();
  }

  plan() {
    clearTimeout(this.timer);
    if (this.on) this.timer = setTimeout(() => this.ask(), this.wait);
  }

  async ask() {
    clearTimeout(this.timer);
    if (document.hidden || !this.on) return;
    const asked = (this.asked = new AbortController());
    const version = this.version();
    const url = new URL(this.url, location.href);
    url.searchParams.set("version", version);
    url.searchParams.set("have", this.have);
    try {
      const answer = await fetch(url, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (asked !== this.asked || version !== this.version()) return this.plan();
      if (answer.status === 409) this.came(null);
      else if (answer.status === 200) {
        const news = await answer.json();
        if (asked !== this.asked) return;
        this.have += news.people.length;
        this.came(news);
      } else if (answer.status !== 204) throw new Error(String(answer.status));
      if (this.wait !== EVERY) this.lost(false);
      this.wait = EVERY;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.wait = Math.min(RAREST, this.wait * 2);
      if (this.wait > 4 * EVERY) this.lost(true);
    }
    this.plan();
  }
}
