// Search by name: the server answers with buttons, a button leads to the person in the picture.

export function offerSearch(field, found, { url, version, choose }) {
  let asked = null;
  let timer = 0;
  const hide = () => {
    found.hidden = true;
    found.replaceChildren();
  };
  const ask = async () => {
    asked?.abort();
    const words = field.value.trim();
    if (words.length < 2) return hide();
    asked = new AbortController();
    const mine = asked;
    const address = new URL(url, location.href);
    address.searchParams.set("q", words);
    address.searchParams.set("version", version());
    try {
      const answer = await fetch(address, { signal: mine.signal, headers: { Accept: "text/html" } });
      if (!answer.ok || mine !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== asked) return;
      found.replaceChildren(...page.body.childNodes);
      found.hidden = false;
    } catch (error) {
      if (error.name !== "AbortError") hide();
    }
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 220);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      field.value = "";
      hide();
    }
    if (event.key === "ArrowDown" && !found.hidden) {
      event.preventDefault();
      found.querySelector("button")?.focus();
    }
  });
  found.addEventListener("keydown", (event) => {
    const buttons = [...found.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    if (event.key === "ArrowDown") buttons[Math.min(buttons.length - 1, at + 1)]?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? buttons[at - 1] : field).focus();
    else if (event.key === "Escape") {
      hide();
      field.focus();
    } else return;
    event.preventDefault();
  });
  found.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-row]");
    if (!button) return;
    hide();
    choose(Number(button.dataset.row), button.dataset.fan);
  });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest?.(".spread-search")) hide();
  });
}
