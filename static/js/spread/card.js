// The card beside the picture: fetched from the server where it may tell names, else made of what the picture knows.

export class Card {
  constructor(element, { url, words, number, close }) {
    Object.assign(this, { element, url, words, number, close });
  }

  async show(forest, row, palette) {
    this.element.hidden = false;
    if (!this.url) return this.fill(this.plain(forest, row, palette));
    const url = new URL(this.url, location.href);
    url.searchParams.set("version", forest.meta.version);
    url.searchParams.set("row", forest.serverRow(row));
    if (this.told === url.href) return; // Pointed at, then tapped: what it tells is here, or on its way.
    this.asked?.abort();
    this.told = url.href;
    const asked = (this.asked = new AbortController());
    this.element.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { signal: asked.signal, headers: { Accept: "text/html" } });
      if (asked !== this.asked) return;
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (asked === this.asked) this.fill([...page.body.childNodes]);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.fill(this.plain(forest, row, palette));
      this.told = null;
    }
  }

  fill(nodes) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "spread-close";
    button.textContent = "×";
    button.setAttribute("aria-label", this.element.dataset.close ?? "×");
    button.addEventListener("click", this.close);
    this.element.removeAttribute("aria-busy");
    this.element.replaceChildren(...nodes, button);
  }

  hide() {
    this.asked?.abort();
    this.told = null;
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  plain(forest, row, palette) {
    const { words, number } = this;
    const head = make("p", "eyebrow", words.generation.replace("%s", forest.depth[row]));
    const title = make("h3", "", forest.depth[row] ? words.somebody : words.firstTeller);
    const facts = make("dl", "facts");
    const rows = [
      [words.how, palette.entries[palette.tones[row]].label],
      [words.brought, number(forest.childrenOf(row).length)],
      [words.below, number(forest.size[row] - 1)],
    ];
    for (const [name, value] of rows) facts.append(make("dt", "", name), make("dd", "", value));
    return [head, title, facts];
  }
}

function make(tag, name, text = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.textContent = text;
  return element;
}
