// The script of an event's big screen: the numbers each second, and the picture when somebody came in.
import { glide } from "./spread/glide.js";
import { palette } from "./spread/palette.js";
import { Picture } from "./spread/picture.js";
import { decode } from "./spread/wire.js";

const EVERY = 1000;
const LOST = 5;
const VERDICT = 3; // The place of the verdict in a combination: who has one came in, who has none only told others.

class Wall {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.words = JSON.parse(root.dataset.words);
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.picture = new Picture(this.find("field"), { still: calm.matches });
    calm.addEventListener("change", () => (this.picture.still = calm.matches));
    this.missed = 0;
    this.draw(this.version);
    this.plan();
    this.stayAwake();
    document.addEventListener("visibilitychange", () => document.hidden || this.stayAwake());
  }

  get version() {
    return this.root.querySelector("[data-version]").dataset.version;
  }

  plan() {
    setTimeout(() => this.ask(), EVERY);
  }

  async ask() {
    try {
      const answer = await fetch(this.root.dataset.now, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(8000) });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-version]");
      if (!fresh) throw new Error("not the numbers");
      this.find("side").replaceChildren(fresh);
      this.missed = 0;
      if (this.version !== this.drawn) await this.draw(this.version);
    } catch {
      this.missed += 1;
    }
    this.find("lost").hidden = this.missed < LOST;
    this.plan();
  }

  async draw(version) {
    const url = new URL(this.root.dataset.picture, location.href);
    url.searchParams.set("view", "generations");
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(String(answer.status));
    const forest = decode(await answer.arrayBuffer());
    const colours = palette(forest, "channel", this.words);
    if (this.forest) await glide(this.picture, forest, colours, forest.n >= this.forest.n);
    else this.picture.load(forest, colours);
    this.forest = forest;
    this.picture.filter(Uint8Array.from(forest.meta.combos, (combo) => (combo[VERDICT] < 0 ? 0 : 1)), [0, forest.n]);
    this.legend(colours);
    await this.picture.drawn();
    this.drawn = version;
    this.root.dataset.people = String(forest.n);
  }

  legend(colours) {
    const used = colours.entries.filter((entry, at) => entry.name && colours.seen[at]);
    this.find("legend").replaceChildren(
      ...used.map((entry) => {
        const item = document.createElement("span");
        item.className = `channel ch-${entry.name}`;
        const letter = document.createElement("span");
        letter.className = "channel-letter";
        letter.setAttribute("aria-hidden", "true");
        letter.textContent = entry.letter;
        item.append(letter, ` ${entry.label}`);
        return item;
      }),
    );
  }

  async stayAwake() {
    try {
      await navigator.wakeLock?.request("screen");
    } catch {
      // The screen may go dark; nothing else depends on it.
    }
  }
}

for (const root of document.querySelectorAll("[data-wall]")) root.wall = new Wall(root);
