// What colours mean: by channel, generation, version of the story, value or verdict. Each colour has a letter too.

const CHANNELS = "whatsapp telegram facebook x line email copy native qr poster spoken advert mailing import".split(" ");
const LETTERS = { whatsapp: "W", telegram: "T", facebook: "F", x: "X", line: "L", email: "E", copy: "C", native: "N", qr: "Q", poster: "P", spoken: "S", advert: "A", mailing: "M", import: "I" };
const GENERATIONS = ["#fff3df", "#ffb48f", "#f0805a", "#e9a23b", "#9cbf5f", "#2ca58d", "#4aa3df", "#8090ee", "#c98bc9"];
const NAMED = ["#e9a23b", "#4aa3df", "#2ca58d", "#e8734f", "#c98bc9", "#9cbf5f", "#f0d264", "#8090ee", "#e0709a", "#79c6d8"];
const VALUES = ["#5c5148", "#6b4a7d", "#8e4a86", "#b24f80", "#d25c6f", "#e8775a", "#f29a50", "#f7c15c", "#fff0ae"];
const UNKNOWN = "#998e82";

export const DIMENSIONS = ["channel", "language", "place", "verdict"];
const LISTS = ["channels", "languages", "places", "verdicts"];

/** A palette: a colour number for each row, and for each number its light, letter and name. */
export function palette(forest, mode, words) {
  if (mode === "generation") return byGeneration(forest, words);
  if (mode === "value") return byValue(forest, words);
  return byName(forest, mode, words);
}

function byName(forest, mode, words) {
  const dimension = Math.max(0, DIMENSIONS.indexOf(mode));
  const names = forest.meta[LISTS[dimension]];
  const used = new Set();
  const entries = names.map(([name, label], at) => ({
    name,
    label,
    letter: mode === "channel" ? (LETTERS[name] ?? first(label, used)) : first(label, used),
    colour: mode === "channel" ? channelColour(name) : NAMED[at % NAMED.length],
    dimension: DIMENSIONS[dimension],
  }));
  entries.push({ name: null, label: words.unknown, letter: "?", colour: UNKNOWN, dimension: null });
  const last = names.length;
  const toneOf = forest.meta.combos.map((combo) => (combo[dimension] < 0 ? last : combo[dimension]));
  const { combo, n } = forest;
  const tones = new Uint8Array(n);
  const seen = new Uint32Array(entries.length);
  for (let row = 0; row < n; row++) seen[(tones[row] = toneOf[combo[row]])]++;
  return finished(entries, tones, seen);
}

function byGeneration(forest, words) {
  const last = GENERATIONS.length - 1;
  const entries = GENERATIONS.map((colour, at) => ({ name: at, label: words.generation.replace("%s", at === last && forest.height > last ? `${at}+` : at), letter: String(at), colour, dimension: null }));
  const tones = new Uint8Array(forest.n);
  const seen = new Uint32Array(entries.length);
  for (let row = 0; row < forest.n; row++) seen[(tones[row] = Math.min(last, forest.depth[row]))]++;
  return finished(entries, tones, seen);
}

function byValue(forest, words) {
  const entries = VALUES.map((colour, at) => ({ name: at, label: at ? words.value.replace("%s", at) : words.noValue, letter: String(at), colour, dimension: null }));
  const tones = new Uint8Array(forest.n);
  const seen = new Uint32Array(entries.length);
  for (let row = 0; row < forest.n; row++) seen[(tones[row] = Math.min(8, forest.value[row]))]++;
  return finished(entries, tones, seen);
}

function finished(entries, tones, seen) {
  return { entries, tones, seen, lights: entries.map((entry) => parse(entry.colour)) };
}

function channelColour(name) {
  const own = CHANNELS.includes(name) && getComputedStyle(document.documentElement).getPropertyValue(`--ch-${name}`).trim();
  return own || UNKNOWN;
}

/** The first letter of a word that no other has yet; two letters where all are taken. */
function first(label, used) {
  const letters = [...String(label).toLocaleUpperCase()].filter((sign) => /[\p{L}\p{N}]/u.test(sign));
  const free = letters.find((sign) => !used.has(sign)) ?? letters.slice(0, 2).join("") ?? "?";
  used.add(free);
  return free;
}

export function parse(colour) {
  const whole = parseInt(colour.slice(1), 16);
  return [(whole >> 16) & 255, (whole >> 8) & 255, whole & 255];
}
