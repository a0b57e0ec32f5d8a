// The last scans of this phone, and taking one back.
import { made, part, parts, write } from "./page.js";

const KEPT = 20;
const STEWARDS_TIME = 15 * 60 * 1000;

export class History {
  constructor(app) {
    this.app = app;
  }

  async show() {
    const { engine, words } = this.app;
    const scans = engine.paired && !engine.locked ? await engine.recent(KEPT) : [];
    for (const list of parts("history")) {
      list.replaceChildren(...scans.map((scan) => this.#row(scan)));
      if (!scans.length) list.replaceChildren(Object.assign(document.createElement("li"), { className: "fine", textContent: words.say("history.none") }));
    }
  }

  #row(scan) {
    const { words } = this.app;
    const row = made("scan");
    row.dataset.said = scan.said;
    row.classList.toggle("is-annulled", Boolean(scan.annulled));
    part("who", row).textContent = words.holder(scan) || words.say("somebody");
    part("what", row).textContent = this.#what(scan);
    part("time", row).textContent = words.time(scan.at, true);
    const annul = part("annul", row);
    annul.hidden = !this.#mayAnnul(scan);
    annul.addEventListener("click", () => this.#annul(scan).catch((error) => this.app.fail(error)));
    return row;
  }

  #what({ said, kind, reason, forced, people, place, annulled, sent, first, left }) {
    const { words } = this.app;
    const done = annulled ? "annul" : forced ? "forced" : said === "in" ? kind : said;
    const text = [words.say(`said.${done}`)];
    if (said === "no" && reason) text.push(words.reason({ reason, first, left }));
    if (people > 1) text.push(words.count("people", people));
    if (place && place !== this.app.engine.place?.name) text.push(place);
    if (sent === false) text.push(words.say("said.unsent"));
    return text.join(" · ");
  }

  #mayAnnul({ said, annulled, at }) {
    if (said !== "in" || annulled) return false;
    return this.app.engine.device?.role === "supervisor" || Date.now() - at < STEWARDS_TIME;
  }

  async #annul(scan) {
    await this.app.engine.annul(scan.id);
    this.app.scanning.last.text = "";
    this.app.tell(this.app.words.say("annul.done"));
    await this.show();
  }
}
