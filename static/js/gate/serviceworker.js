// Keeps the gate's pages and files on the phone. The server puts `self.TULAR = {version, files}` before this script.
//
// The page is asked of the network first, for two seconds; files whose names hold a hash come from the phone first. What
// the server is told and answers (/g/api) is never kept. A page is kept only if it is of this version: the files that it
// names are then on the phone as well.
const { version, files } = self.TULAR;
const KEPT = `tular-gate-${version}`;
const PATIENCE = 2000; // Milliseconds.
const PAGE = "/g/";

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("message", (event) => event.data === "keep" && event.waitUntil(keepAnew()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin || url.pathname.startsWith("/g/api/")) return;
  if (url.pathname.startsWith("/static/build/")) event.respondWith(file(event.request));
  else if (url.pathname === PAGE || files.includes(url.pathname)) event.respondWith(page(event.request, url));
});

async function keep() {
  const cache = await caches.open(KEPT);
  const fresh = (address) => new Request(address, { cache: "reload" });
  await cache.addAll([PAGE, ...files].map(fresh));
  const app = await (await cache.match(PAGE)).text();
  const languages = new Set(app.match(/\/g\/\?lang=[\w-]+/g));
  await cache.addAll([...languages].map(fresh));
  await self.skipWaiting();
}

// A phone that was wiped, or paired a second time, may have lost what it kept.
async function keepAnew() {
  const kept = await (await caches.open(KEPT)).keys();
  if (kept.length <= files.length) await keep();
}

async function tidy() {
  for (const name of await caches.keys()) {
    if (name.startsWith("tular-gate-") && name !== KEPT) await caches.delete(name);
  }
  await self.clients.claim();
}

async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}

// Another language is the same page with ?lang=…; each is kept under its own address.
async function page(request, url) {
  const cache = await caches.open(KEPT);
  const match = (address) => cache.match(address, { ignoreVary: true }); // It varies by Accept-Language, which is in the address.
  const kept = async () => (await match(request.url)) ?? (await match(url.pathname));
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), PATIENCE);
  try {
    const answer = await fetch(request.url, { signal: waiting.signal, credentials: "same-origin", cache: "no-store" });
    if (!answer.ok) return answer.status < 500 ? answer : ((await kept()) ?? answer);
    if (await ours(answer, url)) {
      await cache.put(request.url, answer.clone());
    }
    return answer;
  } catch (error) {
    const answer = await kept();
    if (answer) return answer;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function ours(answer, url) {
  return url.pathname !== PAGE || (await answer.clone().text()).includes(`data-version="${version}"`);
}
