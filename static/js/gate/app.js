// The gate app's screens: which one shows, and what they share. Everything that is known or kept is the engine's.
//
// What the screens ask of Engine (engine.js); each property that changes is announced by a `change` event:
//   await Engine.open()      the engine as it was left; `locked` where a PIN has to be given first
//   paired, locked           booleans
//   device                   {id, name, role: steward | supervisor | booth}
//   event                    {slug, name, timezone, reentry, …}
//   places, place            [{id, kind, name}] where this phone may scan; the chosen one (the setter keeps it)
//   online, unsent           whether the server answers; scans that it has not got yet
//   passes, asOf             how long the list is, and since when it is right (epoch ms)
//   inside, conflicting      people inside; conflicts that nobody settled yet (supervisor)
//   pair(token, name, pin)   rejects with an Error whose `code` is the problem's code, or "offline"
//   unlock(pin)              true or false
//   scan(text, options)      options {kind: entry | exit | visit, people: n or null (1), forced} → verdict {id, said,
//                            reason, number, name, label, first: {at, place}, people, left, ms}; kept before it resolves
//   recent(20)               the last scans, newest first: {id, at, kind, said, reason, number, name, people, place (its
//                            name), annulled, sent}
//   annul(id)                rejects with `code` (too_late, not_found)
//   search(words)            [{number, name, label, code, in}], supervisors only
//   conflicts(), settle(id)  [{id, kind, number, name, label, first: {at, place, device}, second: {at, place, device}}]
//   lead(lead), leads()      {scan, place, consent, warmth, note}; [{name, label, at, consent, warmth, note}]
//   alarms, heard(id)        the scans whose alarm nobody has heard yet; one of them was
//   names                    whose the last scans were, by their ids, while the app is open and unlocked
//   full                     whether some scans are kept in memory only
//   wait                     after a wrong PIN: milliseconds until another one is taken
//   lock(), forget()         nothing readable is left by forget
//   events                   change · answer (detail {scan, reason, first}) · alarm (the same, and kind: refused |
//                            look-again) · revoked
import { Alarm } from "./alarm.js";
import { Booth } from "./booth.js";
import { Engine } from "./engine.js";
import { Feedback } from "./feedback.js";
import { History } from "./history.js";
import { Install } from "./install.js";
import { made, onClick, part, parts, write } from "./page.js";
import { Pairing } from "./pairing.js";
import { Scanning } from "./scanning.js";
import { Showing } from "./showing.js";
import { Sight } from "./sight.js";
import { showStanding } from "./standing.js";
import { Supervising } from "./supervising.js";
import { follow, typed } from "./typing.js";
import { listen } from "./wedge.js";
import { Words } from "./words.js";

const LANGUAGE = "tular-gate-language";
const LEFT_ALONE = 10 * 60 * 1000; // Milliseconds unseen, after which the PIN is asked for.
const TOLD = 3000; // Milliseconds that a short message stays.

export class App {
  constructor() {
    this.words = new Words();
    this.feedback = new Feedback();
    this.install = new Install();
    this.screen = "start";
    this.engine = null;
  }

  async start() {
    if (this.#elsewhere()) return;
    this.keepPages();
    const { reader: script, wasm } = document.body.dataset;
    this.sight = new Sight({ script, wasm });
    this.engine = await Engine.open();
    this.scanning = new Scanning(this);
    this.showing = new Showing(this);
    this.alarm = new Alarm(this);
    this.pairing = new Pairing(this);
    this.history = new History(this);
    this.booth = new Booth(this);
    this.supervising = new Supervising(this);
    this.install.attach();
    const wedged = { scan: (text) => this.scanning.wedged(text), pair: (text) => this.pairing.wedged(text) };
    listen((text) => wedged[this.screen]?.(text) ?? false);
    this.#listen();
    this.#wire();
    this.arrive();
  }

  /** Go where the engine's state leads: pair, unlock, choose a place, or scan. */
  arrive() {
    const { engine } = this;
    if (!engine.paired) this.show("pair");
    else if (engine.locked) this.show("unlock");
    else {
      this.show(engine.place ? "scan" : "choose");
      for (const scan of engine.alarms) this.alarm.ring({ scan, kind: scan.alarm, reason: scan.answer, first: scan.first });
    }
  }

  show(screen) {
    const [before, main] = [this.screen, document.querySelector(`[data-screen="${screen}"]`)];
    this.screen = screen;
    for (const element of parts("screen")) element.hidden = element !== main;
    for (const dialog of document.querySelectorAll("dialog[open]:not([data-alarm])")) dialog.close();
    document.documentElement.classList.toggle("is-stage", main.classList.contains("is-stage"));
    if (before === "scan" && screen !== "scan") this.scanning.show(false);
    if (before === "pair" && screen !== "pair") this.pairing.show(false);
    this.render();
    if (screen === "scan") this.scanning.show(true);
    if (screen === "pair") this.pairing.show(true);
    if (screen === "unlock") this.#pin().focus();
    if (screen === "choose") this.#places();
    scrollTo(0, 0);
  }

  /** Whether a dialog is open in which somebody does something that the camera must not end. */
  get occupied() {
    return Boolean(document.querySelector("dialog[open]:not([data-verdict])"));
  }

  open(name) {
    const dialog = document.querySelector(`[data-dialog="${name}"]`);
    for (const other of document.querySelectorAll("dialog[open]:not([data-alarm])")) other.close();
    dialog.showModal();
  }

  close(name) {
    document.querySelector(`[data-dialog="${name}"]`).close();
  }

  /** Say a short message, for a moment. */
  tell(sentence, bad = false) {
    const toast = part("toast");
    write(toast, sentence);
    toast.hidePopover?.(); // Once more, so that it lies above a dialog that was opened since.
    toast.showPopover?.();
    toast.classList.toggle("is-bad", bad);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => write(toast, ""), TOLD);
  }

  /** Say why something did not work. */
  why(error, key = "needs.other") {
    if (error.code === "offline") return this.words.say("needs.network");
    if (error.code && this.words.has(`reason.${error.code}`)) return this.words.reason({ reason: error.code });
    return this.words.say(key, { code: error.code ?? error.message });
  }

  fail(error, key) {
    this.tell(this.why(error, key), true);
  }

  /** A verdict was looked at. */
  looked({ verdict, text, kind }) {
    this.scanning.seen(verdict, text);
    const atBooth = kind === "visit" && verdict.said !== "no" && this.engine.device?.role === "booth";
    if (atBooth && this.screen === "scan") this.booth.ask(verdict);
  }

  render() {
    if (this.engine?.paired) showStanding(this.engine, this.words);
  }

  #places() {
    const { engine, words } = this;
    const order = ["gate", "booth", "stage", "poster"];
    const places = [...engine.places].sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind) || one.name.localeCompare(other.name));
    part("places-none").hidden = places.length > 0;
    part("places").replaceChildren(...places.map((place) => {
      const row = made("place");
      for (const sign of row.querySelectorAll(".place-sign")) if (sign.dataset.kind !== place.kind) sign.remove();
      part("name", row).textContent = place.name;
      part("kind-word", row).textContent = words.say(`kind.${place.kind}`);
      if (place.id === engine.place?.id) row.firstElementChild.setAttribute("aria-current", "true");
      row.firstElementChild.addEventListener("click", () => {
        engine.place = place;
        this.scanning.go("entry");
        this.show("scan");
      });
      return row;
    }));
    this.install.show();
  }

  #pin() {
    return part("unlock").elements.pin;
  }

  #listen() {
    const { engine } = this;
    engine.addEventListener("change", () => {
      this.render();
      if (!engine.paired) return;
      if (engine.locked && this.screen !== "unlock") this.show("unlock");
      else if (this.screen === "scan" && !engine.place) this.show("choose");
    });
    let left = Date.now();
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") left = Date.now();
      else if (Date.now() - left > LEFT_ALONE) engine.lock();
    });
    engine.addEventListener("alarm", ({ detail }) => {
      this.alarm.ring(detail);
      this.history.show();
    });
    engine.addEventListener("answer", ({ detail }) => this.showing.hear(detail));
    engine.addEventListener("revoked", () => this.show("gone"));

  }

  #wire() {
    const fail = (error) => this.fail(error);
    onClick("open", (button) => this.#open(button.dataset.open), fail);
    onClick("close", (button) => button.closest("dialog").close());
    onClick("change-place", () => this.show("choose"));
    onClick("pair-anew", () => this.show("pair"));
    onClick("lock", async () => {
      await this.engine.lock();
      this.show("unlock");
    }, fail);
    onClick("leave", async () => {
      await this.engine.forget();
      this.show("pair");
    }, fail);
    onClick("try-sounds", async () => {
      for (const kind of ["in", "again", "no"]) {
        this.feedback.give(kind);
        await new Promise((resolve) => setTimeout(resolve, 900));
      }
    });
    for (const link of parts("language")) link.addEventListener("click", () => localStorage.setItem(LANGUAGE, link.lang));
    part("unlock").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#unlock().catch(fail);
    });
    const [form, line] = [part("type"), part("typed-state")];
    this.typing = follow(form.elements.code, line, this.words);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { value } = form.elements.code;
      if (typed(value).state === "wrong" || !value.trim()) return form.elements.code.focus();
      this.scanning.take(value, { meant: true });
    });
  }

  async #open(name) {
    if (name === "type") {
      part("type").reset();
      this.typing();
    }
    this.open(name);
    if (name === "history") await this.history.show();
    if (name === "conflicts") await this.supervising.conflicts();
    if (name === "leads") await this.booth.list();
  }

  async #unlock() {
    const right = await this.engine.unlock(this.#pin().value);
    this.#pin().value = "";
    const wait = Math.ceil((this.engine.wait ?? 0) / 1000);
    write(part("unlock-error"), right ? "" : wait ? this.words.count("unlock.wait", wait) : this.words.say("unlock.wrong"));
    if (right) this.arrive();
    else this.feedback.give("no");
  }

  // Somebody chose a language; an app on the home screen always starts at the plain address.
  #elsewhere() {
    const wanted = localStorage.getItem(LANGUAGE);
    if (!wanted || wanted === document.documentElement.lang || new URLSearchParams(location.search).has("lang")) return false;
    location.replace(`${location.pathname}?lang=${encodeURIComponent(wanted)}${location.hash}`);
    return true;
  }

  // A phone that was wiped lost the app's files as well, so pairing asks for them once more.
  async keepPages() {
    try {
      const registration = await navigator.serviceWorker?.register("/g/sw.js", { scope: "/g/" });
      registration?.active?.postMessage("keep");
    } catch {
      // Not in a private window: there the app works online only.
    }
  }
}
