// What supervisors do: find somebody by name, and settle what two gates could not know of each other.
import { made, part, write } from "./page.js";

const LETTERS = 4;
const PAUSE = 300; // Milliseconds after the last key before a name is looked up.

export class Supervising {
  constructor(app) {
    this.app = app;
    this.form = part("names");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#search();
    });
    this.form.elements.q.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.#search(false), PAUSE);
    });
  }

  async #search(complain = true) {
    clearTimeout(this.timer);
    const { words, engine } = this.app;
    const q = this.form.elements.q.value.trim();
    const list = part("found");
    write(part("names-error"), complain && q.length < LETTERS ? words.say("names.short") : "");
    if (q.length < LETTERS) return list.replaceChildren();
    try {
      const found = await engine.search(q);
      if (this.form.elements.q.value.trim() !== q) return;
      list.replaceChildren(...found.map((one) => this.#found(one)));
      if (!found.length) write(part("names-error"), words.say("names.none"));
    } catch (error) {
      write(part("names-error"), error.code === "search_too_short" ? words.say("names.short") : this.app.why(error));
    }
  }

  #found(one) {
    const { words, scanning } = this.app;
    const row = made("found");
    part("who", row).textContent = words.holder(one);
    const what = [one.name && one.label, words.say("pass", { number: words.number(one.number) }), words.say(one.in ? "names.in" : "names.out")];
    part("what", row).textContent = what.filter(Boolean).join(" · ");
    part("let", row).addEventListener("click", () => scanning.take(one.code, { meant: true }));
    return row;
  }

  async conflicts() {
    const { words, engine } = this.app;
    const conflicts = await engine.conflicts();
    const list = part("conflicts");
    list.replaceChildren(...conflicts.map((conflict) => this.#conflict(conflict)));
    if (!conflicts.length) list.replaceChildren(Object.assign(document.createElement("li"), { className: "fine", textContent: words.say("conflicts.none") }));
  }

  #conflict(conflict) {
    const { words } = this.app;
    const row = made("clash");
    part("who", row).textContent = words.holder(conflict);
    part("what", row).textContent = words.say(`conflict.${conflict.kind}`);
    write(part("first", row), this.#side(conflict.first));
    write(part("second", row), this.#side(conflict.second));
    part("settle", row).addEventListener("click", () => this.#settle(conflict).catch((error) => this.app.fail(error)));
    return row;
  }

  #side(side) {
    if (!side?.at) return "";
    const { words } = this.app;
    return words.say("side", { time: words.time(side.at, true), place: side.place ?? "", name: side.operator ?? side.device ?? "" });
  }

  async #settle({ id }) {
    await this.app.engine.settle(id);
    this.app.tell(this.app.words.say("settle.done"));
    await this.conflicts();
  }
}
