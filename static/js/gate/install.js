// Putting the gate on the home screen: there it keeps what it holds, opens without an address, and fills the screen.
import { part } from "./page.js";

const LATER = "tular-gate-install-later";

export const standalone = () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;

/** An iPhone or iPad keeps a home-screen app's memory apart from the browser's, so it has to come first there. */
export const isApple = () => /iP(hone|ad|od)/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);

export class Install {
  constructor() {
    this.offer = null;
    addEventListener("beforeinstallprompt", (event) => {
      event.preventDefault();
      this.offer = event;
      this.show();
    });
  }

  attach() {
    this.box = part("install");
    part("install-now").addEventListener("click", () => this.ask());
    part("install-later").addEventListener("click", () => this.putOff());
  }

  show() {
    if (!this.box) return;
    const phone = matchMedia("(pointer: coarse)").matches;
    this.box.hidden = standalone() || sessionStorage.getItem(LATER) === "yes" || !(phone || this.offer);
    part("install-ios").hidden = !isApple();
    part("install-now").hidden = !this.offer;
    part("install-other").hidden = isApple() || Boolean(this.offer);
  }

  async ask() {
    const { offer } = this;
    this.offer = null;
    await offer?.prompt();
    this.putOff();
  }

  putOff() {
    sessionStorage.setItem(LATER, "yes");
    this.show();
  }
}
