// Passing a story on: the phone's own sharing, copying, and links that carry the words as they are written.

export function offerSharing(root) {
  for (const share of root.querySelectorAll("[data-share]:not([data-ready])")) {
    share.dataset.ready = "";
    carryWords(share);
    offerNative(share);
    offerCopy(share);
  }
  for (const button of root.querySelectorAll("button[data-copy]:not([data-ready])")) {
    button.dataset.ready = "";
    button.hidden = false;
    button.addEventListener("click", () => copyFrom(button));
  }
}

const wordsOf = (share) => share.querySelector("[data-share-words]")?.value.trim() ?? "";

function carryWords(share) {
  const area = share.querySelector("[data-share-words]");
  if (!area) return;
  const first = tidy(area.defaultValue);
  const links = [...share.querySelectorAll("a[data-share-link]")].map((link) => ({ link, made: link.getAttribute("href") }));
  const update = () => {
    for (const { link, made } of links) link.setAttribute("href", withWords(made, first, area.value.trim()));
  };
  area.addEventListener("input", update);
  // A browser that restored what was written before did not say so with an event.
  if (tidy(area.value) !== first) update();
}

const tidy = (text) => text.replaceAll("\r\n", "\n").trim();

/** Put other words into the one parameter of an address that holds the first ones. */
export function withWords(address, first, words) {
  const [base, query = ""] = split(address, "?");
  if (!first || !query) return address;
  const parts = query.split("&").map((part) => {
    const [name, value = ""] = split(part, "=");
    const decoded = tidy(decode(value));
    if (!decoded.includes(first)) return part;
    return `${name}=${encodeURIComponent(decoded.split(first).join(words))}`;
  });
  return `${base}?${parts.join("&")}`;
}

function split(text, sign) {
  const at = text.indexOf(sign);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(value) {
  try {
    return decodeURIComponent(value.replaceAll("+", " "));
  } catch {
    return value;
  }
}

function offerNative(share) {
  if (!navigator.share) return;
  for (const button of share.querySelectorAll("[data-share-native]")) {
    button.closest("li").hidden = false;
    button.addEventListener("click", async () => {
      const content = { title: share.dataset.title, text: wordsOf(share), url: button.dataset.shareNative };
      try {
        await navigator.share(content);
      } catch (reason) {
        if (reason.name !== "AbortError") say(share, share.dataset.failed);
      }
    });
  }
}

function offerCopy(share) {
  for (const button of share.querySelectorAll("[data-share-copy]")) {
    button.closest("li").hidden = false;
    button.addEventListener("click", async () => {
      const text = [wordsOf(share), button.dataset.shareCopy].filter(Boolean).join("\n");
      say(share, (await copy(text)) ? share.dataset.copied : share.dataset.failed);
    });
  }
}

function say(share, words) {
  const status = share.querySelector("[data-share-status]");
  if (status) status.textContent = words;
}

async function copyFrom(button) {
  if (!(await copy(button.dataset.copy))) return;
  const label = button.querySelector("[data-copy-label]") ?? button;
  const before = label.textContent;
  label.setAttribute("role", "status");
  label.textContent = button.dataset.copied;
  setTimeout(() => (label.textContent = before), 2500);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByHand(text);
  }
}

// The clipboard's own interface is closed on plain http, where many a fair's network is.
function copyByHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
