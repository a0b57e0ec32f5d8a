// Leads of a booth: whom it met, and whether they may be written to.
import { made, part, write } from "./page.js";

export class Booth {
  constructor(app) {
    this.app = app;
    this.form = part("lead");
    this.verdict = null;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#keep();
    });
  }

  /** Whether a visitor is being asked: then the next one waits, and it says so. */
  get isAsking() {
    if (!this.form.closest("dialog").open) return false;
    write(part("lead-error"), this.app.words.say("lead.first"));
    return true;
  }

  /** Ask about the visitor who was just scanned. */
  ask(verdict) {
    const { words, engine } = this.app;
    this.verdict = verdict;
    this.form.reset();
    write(part("lead-error"), "");
    write(part("lead-who"), words.holder(verdict));
    write(part("lead-question"), words.say("lead.question", { place: engine.place.name }));
    this.app.open("lead");
  }

  async list() {
    const { words, engine } = this.app;
    const leads = await engine.leads();
    const list = part("leads");
    list.replaceChildren(...leads.map((lead) => this.#row(lead)));
    if (!leads.length) list.replaceChildren(Object.assign(document.createElement("li"), { className: "fine", textContent: words.say("leads.none") }));
  }

  #row({ consent, warmth, note, at, ...lead }) {
    const { words } = this.app;
    const row = made("lead");
    part("who", row).textContent = words.holder(lead) || words.say("somebody");
    part("warmth", row).textContent = warmth ? words.say(`warmth.${warmth}`) : "";
    part("warmth", row).dataset.warmth = warmth ?? "";
    part("time", row).textContent = words.time(at);
    part("note", row).textContent = [words.say(consent ? "lead.yes" : "lead.no"), note].filter(Boolean).join(" · ");
    return row;
  }

  async #keep() {
    const { words, engine } = this.app;
    const { consent, warmth, note } = this.form.elements;
    if (!consent.value) return write(part("lead-error"), words.say("lead.answer"));
    try {
      await engine.lead({
        scan: this.verdict.id,
        place: engine.place.id,
        consent: consent.value === "yes",
        warmth: warmth.value || null,
        note: note.value.trim(),
      });
      this.app.close("lead");
      this.app.tell(words.say("lead.kept"));
    } catch (error) {
      write(part("lead-error"), this.app.why(error));
    }
  }
}
