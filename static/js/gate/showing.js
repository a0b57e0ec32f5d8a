// A verdict, as large as the screen: colour, shape, words, sound and vibration, each enough by itself.
import { part, write } from "./page.js";

const SHORT = 1200; // Milliseconds that a green one stays.
const LONG = 8000; // The same where more of a group may come in.

const SHORT_TITLE = 9; // Letters.

// What a supervisor may overrule: the pass is ours, and of this event.
const FORCIBLE = new Set(["already_in", "no_room", "expired", "not_yet", "revoked", "old_key", "closed"]);

const TITLES = {
  in: { entry: "title.in", exit: "title.out", visit: "title.seen" },
  again: { entry: "title.again", exit: "title.again_out", visit: "title.again_seen" },
  no: { entry: "title.no", exit: "title.no", visit: "title.no" },
};

export class Showing {
  constructor(app) {
    this.app = app;
    this.dialog = part("verdict");
    this.timer = null;
    this.current = null;
    this.group = 1;
    this.dialog.addEventListener("close", () => this.#closed());
    this.dialog.addEventListener("click", (event) => event.target.closest("button, .verdict-group") || this.hide());
    part("go-on").addEventListener("click", () => this.hide());
    part("force").addEventListener("click", () => this.#again({ forced: true }));
    part("group-less").addEventListener("click", () => this.#step(-1));
    part("group-more").addEventListener("click", () => this.#step(1));
    part("group-go").addEventListener("click", () => this.#again({ people: this.group }));
  }

  get open() {
    return this.dialog.open;
  }

  /** Whether a person has to look at it before the camera may go on. */
  get holds() {
    return this.open && this.current?.verdict.said !== "in";
  }

  /** Show a verdict of a code; kind is entry, exit or visit. */
  show(verdict, { text, kind }) {
    clearTimeout(this.timer);
    this.current = { verdict, text, kind, at: Date.now() };
    this.#write(verdict, kind);
    for (const other of document.querySelectorAll("dialog[open]")) {
      if (other !== this.dialog && !("alarm" in other.dataset)) other.close();
    }
    if (!this.dialog.open) this.dialog.showModal();
    this.app.feedback.give(verdict.said);
    part("loud").textContent = this.#sentence(verdict, kind);
    if (verdict.said === "in") this.timer = setTimeout(() => this.hide(), this.#more ? LONG : SHORT);
  }

  /** The server's word on a scan has come: it may know where somebody came in. */
  hear({ scan, first }) {
    const { verdict } = this.current ?? {};
    if (!this.open || verdict.id !== scan.id || verdict.first || !first) return;
    verdict.first = first;
    write(part("verdict-reason"), this.#reason(verdict));
  }

  hide() {
    if (this.dialog.open) this.dialog.close();
  }

  get #more() {
    const { verdict, kind } = this.current;
    return kind === "entry" && verdict.said === "in" && verdict.left > 0 ? verdict.left : 0;
  }

  #write(verdict, kind) {
    const { words, engine } = this.app;
    this.dialog.dataset.said = verdict.said;
    const title = words.say(TITLES[verdict.said][kind]);
    this.dialog.dataset.length = title.length < SHORT_TITLE ? "short" : "long";
    part("verdict-word").textContent = title;
    write(part("verdict-name"), verdict.name ?? "");
    write(part("verdict-label"), verdict.label ?? (verdict.name || !verdict.number ? "" : words.holder(verdict)));
    write(part("verdict-reason"), this.#reason(verdict));
    write(part("verdict-time"), words.say("when", { time: words.time(Date.now(), true), place: engine.place?.name ?? "" }));
    part("force").hidden = !(engine.device?.role === "supervisor" && kind === "entry" && FORCIBLE.has(verdict.reason) && verdict.said !== "in");
    part("group").hidden = !this.#more;
    this.dialog.toggleAttribute("data-group-open", Boolean(this.#more));
    if (this.#more) {
      write(part("group-words"), words.count("group", this.#more));
      this.#step(0, this.#more);
    }
  }

  // The large word has said "already in": below it stands only when and where.
  #reason(verdict) {
    const { words, engine } = this.app;
    const { reason, first } = verdict;
    if (reason !== "already_in" || verdict.said !== "again") return words.reason(verdict);
    if (!first?.at) return words.say("by_list", { time: words.time(engine.asOf) });
    return first.place ? words.say("where", { time: words.time(first.at), place: first.place }) : words.time(first.at);
  }

  #sentence(verdict, kind) {
    const { words } = this.app;
    const parts = [words.say(TITLES[verdict.said][kind]), verdict.name, verdict.label, this.#reason(verdict)];
    return parts.filter(Boolean).join(". ");
  }

  #step(by, to = this.group + by) {
    this.group = Math.max(1, Math.min(this.#more, to));
    part("group-number").textContent = this.app.words.number(this.group);
    part("group-go").textContent = this.app.words.count("group.let", this.group);
    part("group-less").disabled = this.group === 1;
    part("group-more").disabled = this.group === this.#more;
    if (by) this.#stay();
  }

  #stay() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.hide(), LONG);
  }

  #again(options) {
    const { text, kind } = this.current;
    this.app.scanning.take(text, { ...options, kind, meant: true });
  }

  #closed() {
    clearTimeout(this.timer);
    part("loud").textContent = "";
    this.app.looked(this.current);
  }
}
