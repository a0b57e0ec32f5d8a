// The alarm: this phone has shown a green that the server refuses. It stays until somebody says that they have seen it.
import { part, write } from "./page.js";

const AGAIN = 3000; // Milliseconds from one siren to the next.

export class Alarm {
  constructor(app) {
    this.app = app;
    this.waiting = [];
    this.dialog = part("alarm");
    this.dialog.addEventListener("cancel", (event) => event.preventDefault());
    this.dialog.addEventListener("close", () => this.#next());
    part("alarm-seen").addEventListener("click", () => this.#seen());
  }

  ring(detail) {
    if (detail.scan?.annuls) return this.#notAnnulled(detail);
    if (this.waiting.some(({ scan }) => scan.id === detail.scan.id)) return;
    this.waiting.push(detail);
    if (this.waiting.length === 1) this.#show();
    else this.#count();
  }

  #show() {
    const { words, feedback, engine } = this.app;
    const [{ scan, kind = "refused", reason, first }] = this.waiting;
    this.dialog.dataset.kind = kind;
    write(part("alarm-title"), words.say(`alarm.${kind}`));
    write(part("alarm-who"), words.holder({ ...scan, name: engine.locked ? null : engine.names.get(scan.id) }));
    write(part("alarm-when"), words.say(kind === "refused" ? "alarm.when" : "alarm.refused_at", { time: words.time(scan.at + scan.offset, true) }));
    write(part("alarm-why"), kind === "refused" ? words.reason({ reason, first }) : "");
    write(part("alarm-do"), words.say(`alarm.${kind}.do`));
    this.#count();
    if (!this.dialog.open) this.dialog.showModal();
    feedback.give("alarm");
    clearInterval(this.siren);
    this.siren = setInterval(() => feedback.give("alarm"), AGAIN);
  }

  #count() {
    const more = this.waiting.length - 1;
    write(part("alarm-more"), more ? this.app.words.count("alarm.more", more) : "");
  }

  #seen() {
    const { scan } = this.waiting.shift();
    this.app.engine.heard(scan.id).catch(() => {});
    clearInterval(this.siren);
    if (this.waiting.length) this.#show();
    else this.dialog.close();
  }

  #notAnnulled({ scan, reason }) {
    const { words, engine } = this.app;
    this.app.tell(words.say("annul.refused", { reason: words.reason({ reason }) }), true);
    engine.heard(scan.id).catch(() => {});
  }

  // Some browsers close a dialog at the second Escape whatever is said to it.
  #next() {
    if (this.waiting.length) this.#show();
  }
}
