// What is chosen of the spread: channel, version of the story, place, verdict. The legend and the lists say the same.
import { number } from "./figures.js";
import { DIMENSIONS } from "./palette.js";

const LISTS = { channel: "channels", language: "languages", place: "places", verdict: "verdicts" };

export class Choices {
  constructor(root, changed) {
    this.changed = changed;
    this.legend = root.querySelector("[data-legend]");
    this.menu = root.querySelector("[data-filters]");
    this.colours = root.querySelector("[data-colour]");
    this.chosen = {};
    this.selects = Object.fromEntries(DIMENSIONS.map((key) => [key, root.querySelector(`[data-filter="${key}"]`)]));
    for (const [key, select] of Object.entries(this.selects)) select?.addEventListener("change", () => this.choose(key, select.value));
  }

  load(forest) {
    for (const [key, select] of Object.entries(this.selects)) {
      const names = forest.meta[LISTS[key]] ?? [];
      if (!select) continue;
      select.closest("label").hidden = names.length < 2;
      const options = names.map(([name, label]) => new Option(label, name));
      select.replaceChildren(select.options[0], ...options);
      if (!names.some(([name]) => name === this.chosen[key])) delete this.chosen[key];
      select.value = this.chosen[key] ?? "";
    }
    // What nobody is told of is no colour to choose.
    for (const option of this.colours?.options ?? []) option.hidden = option.disabled = option.value in LISTS && !forest.meta[LISTS[option.value]]?.length;
    this.menu.hidden = Object.values(this.selects).every((select) => !select || select.closest("label").hidden);
  }

  choose(key, name) {
    if (!name || this.chosen[key] === name) delete this.chosen[key];
    else this.chosen[key] = name;
    if (this.selects[key]) this.selects[key].value = this.chosen[key] ?? "";
    this.mark();
    this.changed();
  }

  get any() {
    return Object.keys(this.chosen).length > 0;
  }

  /** Which combinations of channel, version, place and verdict are kept. */
  keeps(forest) {
    const wanted = DIMENSIONS.map((key) => (key in this.chosen ? forest.meta[LISTS[key]].findIndex(([name]) => name === this.chosen[key]) : null));
    return Uint8Array.from(forest.meta.combos.length ? forest.meta.combos : [[]], (combo) => (wanted.every((one, at) => one === null || combo[at] === one) ? 1 : 0));
  }

  showLegend(palette) {
    const rows = palette.entries.map((entry, at) => ({ ...entry, count: palette.seen[at] })).filter((entry) => entry.count);
    this.legend.replaceChildren(
      ...rows.map((entry) => {
        const item = document.createElement("li");
        const key = document.createElement(entry.dimension && rows.length > 1 ? "button" : "span");
        const sign = document.createElement("i");
        const count = document.createElement("small");
        sign.textContent = entry.letter;
        sign.style.background = entry.colour;
        sign.setAttribute("aria-hidden", "true");
        count.textContent = number(entry.count);
        key.append(sign, entry.label, " ", count);
        if (key.tagName === "BUTTON") {
          key.type = "button";
          key.dataset.dimension = entry.dimension;
          key.dataset.name = entry.name;
          key.addEventListener("click", () => this.choose(entry.dimension, entry.name));
        } else key.className = "spread-key";
        item.append(key);
        return item;
      }),
    );
    this.mark();
  }

  mark() {
    for (const button of this.legend.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(this.chosen[button.dataset.dimension] === button.dataset.name));
    }
    this.legend.classList.toggle("has-choice", Boolean(this.legend.querySelector('[aria-pressed="true"]')));
    this.menu.classList.toggle("has-choice", this.any);
  }
}
