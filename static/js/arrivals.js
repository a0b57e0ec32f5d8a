// Who came in by a fan's word is told while they look at their page. Without this, the page tells it when it is opened.

const EVERY = 1500;
const SLOWEST = 60_000;
const PATIENCE = 8000;
const SHOWN = 8000;
const MOST = 3; // at once; more would cover the page, and the number has counted them anyway

const listening = new WeakSet();

export function tellArrivals(root) {
  for (const section of root.querySelectorAll("[data-arrivals]")) {
    if (listening.has(section)) continue;
    listening.add(section);
    listen(section);
  }
}

function listen(section) {
  const told = new Set(section.dataset.told.split(" "));
  let { since } = section.dataset;
  let pause = EVERY;
  let timer = 0;
  let isAsking = false;

  async function look() {
    clearTimeout(timer);
    // A page that nobody looks at asks nothing; one that was taken out of the document has ended.
    if (isAsking || document.visibilityState !== "visible" || !section.isConnected) return;
    isAsking = true;
    let goesOn = true;
    try {
      const answer = await ask(`${section.dataset.arrivals}?since=${since}`);
      goesOn = answer.ok || answer.status >= 500;
      if (!answer.ok) throw new Error(`${answer.status}`);
      const news = await answer.json();
      since = news.since;
      pause = EVERY;
      tell(section, news, told);
    } catch {
      pause = Math.min(SLOWEST, pause * (1.5 + Math.random()));
    }
    isAsking = false;
    if (goesOn) timer = setTimeout(look, pause);
  }

  document.addEventListener("visibilitychange", look);
  timer = setTimeout(look, EVERY);
}

// Somebody who signed out elsewhere is led to the sign-in page: that answer is opaque, has status 0, and ends it.
async function ask(address) {
  const given = new AbortController();
  const limit = setTimeout(() => given.abort(), PATIENCE);
  try {
    return await fetch(address, { headers: { Accept: "application/json" }, redirect: "manual", signal: given.signal });
  } finally {
    clearTimeout(limit);
  }
}

function tell(section, news, told) {
  const fresh = news.arrivals.filter(({ id }) => !told.has(id));
  if (!fresh.length) return;
  for (const { id } of fresh) told.add(id);
  const people = section.querySelector("[data-arrivals-people]");
  people.textContent = news.people;
  people.hidden = news.people === "0";
  section.querySelector("[data-arrivals-summary]").textContent = news.summary;
  const place = section.querySelector("[data-arrivals-news]");
  for (const { words } of fresh.filter(({ words }) => words).slice(-MOST)) {
    const line = document.createElement("p");
    line.textContent = words;
    place.append(line);
    setTimeout(() => line.remove(), SHOWN);
  }
  while (place.childElementCount > MOST) place.firstElementChild.remove();
}
