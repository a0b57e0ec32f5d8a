// Making a phone part of the gate: a pairing code, a name and a PIN.
import { Camera } from "./camera.js";
import { isApple, standalone } from "./install.js";
import { part, write } from "./page.js";

const IN_ADDRESS = /(?:#pair=|\/g\/pair\/)([^/?#&\s]+)/i;
const TOKEN = /^[\w-]{8,100}$/;
const PIN = /^[0-9]{4,6}$/;

/** Find the pairing code in what was scanned, typed or pasted; null where there is none. */
export function pairingCode(text) {
  const trimmed = text.trim();
  const code = IN_ADDRESS.exec(trimmed)?.[1] ?? trimmed;
  return TOKEN.test(code) ? code : null;
}

export class Pairing {
  constructor(app) {
    this.app = app;
    this.form = part("pair");
    this.camera = new Camera(part("pair-video"));
    this.camera.onfail = () => this.#look(false);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    part("pair-scan").addEventListener("click", () => this.#look(true));
    addEventListener("hashchange", () => this.fromAddress());
  }

  show(shown) {
    if (!shown) return this.#look(false);
    this.form.reset();
    this.#needCode();
    write(part("pair-error"), "");
    part("home-first").hidden = !isApple() || standalone();
    this.fromAddress();
  }

  /** Take the code that came with the address, and take it out of there: it is a secret until it is used. */
  fromAddress() {
    const code = location.hash.startsWith("#pair=") && pairingCode(location.hash);
    if (!code) return;
    history.replaceState(null, "", location.pathname + location.search);
    if (this.app.engine.paired) return;
    this.#have(code);
  }

  /** Take a pairing code from a reader on a cable; whatever else it reads is nothing for this screen. */
  wedged(text) {
    const code = IN_ADDRESS.test(text) && pairingCode(text);
    if (code) this.#have(code);
    return Boolean(code);
  }

  #have(code) {
    this.form.elements.token.value = code;
    part("pair-read").hidden = false;
    part("pair-typed").hidden = true;
    part("pair-scan").hidden = true;
    write(part("pair-error"), "");
    this.#look(false);
    this.form.elements.name.focus();
  }

  async #look(on) {
    part("pair-viewer").hidden = !on;
    this.stop?.();
    this.stop = null;
    if (!on) return this.camera.stop();
    this.stop = this.app.sight.follow(this.camera, part("pair-target"), (text) => this.#read(text));
    try {
      await this.camera.start();
    } catch (error) {
      this.#look(false);
      this.#say(this.app.words.say(`camera.${error.message}`));
    }
  }

  #read(text) {
    const code = IN_ADDRESS.test(text) && pairingCode(text);
    if (!code) return this.#say(this.app.words.say("pair.not_a_code"));
    this.app.feedback.give("in");
    this.#have(code);
  }

  async #send() {
    const { words, engine } = this.app;
    const { token, name, pin } = this.form.elements;
    const code = pairingCode(token.value);
    if (!code) return this.#say(words.say("pair.code"), token);
    if (!name.value.trim()) return this.#say(words.say("pair.name"), name);
    if (!PIN.test(pin.value)) return this.#say(words.say("pair.pin"), pin);
    const button = part("pair-send");
    button.disabled = true;
    try {
      await engine.pair(code, name.value.trim(), pin.value);
      this.form.reset();
      this.app.keepPages();
      this.app.arrive();
    } catch (error) {
      this.#refused(error.code ?? "other");
    } finally {
      button.disabled = false;
    }
  }

  #refused(code) {
    const { words } = this.app;
    const key = words.has(`pair.${code}`) ? `pair.${code}` : "pair.other";
    this.#say(words.say(key, { code }));
    if (code !== "offline") this.#needCode();
  }

  #needCode() {
    part("pair-read").hidden = true;
    part("pair-typed").hidden = false;
    part("pair-scan").hidden = false;
  }

  #say(sentence, field = null) {
    for (const input of this.form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
    write(part("pair-error"), sentence);
    field?.setAttribute("aria-invalid", "true");
    if (field?.closest("[hidden]")) part("pair-typed").hidden = false;
    field?.focus();
  }
}
