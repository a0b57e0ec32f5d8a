// Numbers and moments in the reader's language, the running measures, and the tables below the picture.

const lang = document.documentElement.lang || "en";
const whole = new Intl.NumberFormat(lang, { maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat(lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const moment = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
const day = new Intl.DateTimeFormat(lang, { dateStyle: "long", timeZone: "UTC" });

export const number = (value) => whole.format(value);
export const when = (at) => moment.format(new Date(at));
export const today = () => day.format(new Date());

export function showRunning(list, running) {
  const put = (key, value) => (list.querySelector(`[data-run="${key}"]`).textContent = value);
  put("people", number(running.people));
  put("tellers", number(running.tellers));
  put("generations", number(running.generations));
  put("each", running.each === null ? "–" : exact.format(running.each));
  put("steps", running.virality === null ? "–" : exact.format(running.virality));
}

/** The tables below: asked anew, a little after the last change, for what the filters and the window leave. */
export class Numbers {
  constructor(url, target) {
    this.url = url;
    this.target = target;
    this.whole = target ? [...target.childNodes] : [];
  }

  ask(choice) {
    clearTimeout(this.timer);
    this.asked?.abort();
    if (!this.url || !this.target) return;
    if (!Object.keys(choice).length) {
      this.target.replaceChildren(...this.whole);
      this.target.removeAttribute("aria-busy");
      return;
    }
    this.target.setAttribute("aria-busy", "true");
    this.timer = setTimeout(() => this.fetch(choice), 300);
  }

  async fetch(choice) {
    const asked = (this.asked = new AbortController());
    const url = new URL(this.url, location.href);
    for (const [key, value] of Object.entries(choice)) url.searchParams.set(key, value);
    try {
      const answer = await fetch(url, { signal: asked.signal, headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (asked === this.asked) this.target.replaceChildren(...page.body.childNodes);
    } catch (error) {
      if (error.name === "AbortError") return;
    }
    if (asked === this.asked) this.target.removeAttribute("aria-busy");
  }
}
