// A stage: the picture of a spread with everything that plays it, asks it, filters it and takes it away.
import { Card } from "./card.js";
import { Choices } from "./choices.js";
import { Clock } from "./clock.js";
import { Numbers, number, showRunning, today, when } from "./figures.js";
import { glide } from "./glide.js";
import { walk } from "./keys.js";
import { Live } from "./live.js";
import { drawMoments, MOMENTS } from "./moments.js";
import { Newcomers } from "./newcomers.js";
import { palette } from "./palette.js";
import { Picture } from "./picture.js";
import { Running } from "./running.js";
import { offerSearch } from "./search.js";
import { offerStills } from "./take.js";
import { Timeline } from "./timeline.js";
import { arrive, asked, go, markView } from "./way.js";
import { decode } from "./wire.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const FINGER = 26;
const MOUSE = 16;

export function openStages(root) {
  for (const element of root.querySelectorAll("[data-spread]")) element.spread = new Stage(element);
}

class Stage {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.words = JSON.parse(root.dataset.words);
    Object.assign(this, asked());
    this.mode = "channel";
    for (const part of root.querySelectorAll("[data-needs-script]")) part.hidden = false;

    this.picture = new Picture(this.find("field"), { renderer: new URL(location.href).searchParams.get("renderer"), still: calm.matches });
    calm.addEventListener("change", () => (this.picture.still = calm.matches));
    this.timeline = new Timeline(this.find("time"), {
      says: (part) => (this.forest ? when(this.forest.momentAt(part)) : ""),
      moved: (part) => this.scrub(part),
      windowed: (from, to, done) => this.windowed(done),
    });
    this.clock = new Clock(
      (part) => this.moveTo(part),
      () => this.playing(false),
    );
    this.choices = new Choices(root, () => this.filtered());
    this.numbers = new Numbers(root.dataset.numbers, document.querySelector(root.dataset.numbersTarget));
    this.card = new Card(this.find("card"), { url: root.dataset.person, words: this.words, number, close: () => this.choose(-1, true) });
    this.newcomers = new Newcomers(this);
    this.pinned = -1;
    this.hasSentences = Boolean(this.find("says").querySelector("li"));
    this.listen();
    this.load({ first: true });
  }

  // --- Fetching --------------------------------------------------------------------------------------------------------

  async load({ first = false, same = false } = {}) {
    const asked = (this.asked = {});
    const url = new URL(this.root.dataset.bin, location.href);
    url.searchParams.set("view", this.view);
    if (this.branch) url.searchParams.set("branch", this.branch);
    try {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(String(answer.status));
      const buffer = await answer.arrayBuffer();
      if (asked !== this.asked) return;
      this.root.dataset.received = String(performance.now());
      await this.open(decode(buffer), first, same);
    } catch (error) {
      if (asked === this.asked) this.failed(error);
    }
  }

  async open(forest, first, same) {
    const kept = same && this.forest && forest.n >= this.forest.n;
    const chosen = this.picture.lit?.row ?? -1;
    this.clock.pause();
    this.playing(false);
    this.forest = forest;
    this.palette = palette(forest, this.mode, this.words);
    this.running = null;
    this.timeline.load(forest);
    this.choices.load(forest);
    this.choices.showLegend(this.palette);
    this.say(forest.n < forest.total && !this.branch ? this.words.drawn.replace("%s", number(forest.n)).replace("%s", number(forest.total)) : "");
    this.find("branch-note").hidden = !this.branch;
    this.find("moments").hidden = true;
    if (!kept) this.choose(-1, true);
    if (first) this.picture.load(forest, this.palette);
    else await glide(this.picture, forest, this.palette, kept || same);
    if (kept && chosen >= 0) this.choose(chosen, false);
    this.newcomers.restart();
    if (this.choices.any) this.filtered();
    else this.counted();
    this.clockFace();
    await this.picture.drawn();
    if (this.forest === forest) {
      Object.assign(this.root.dataset, { ready: String(performance.now()), people: String(forest.n), drawn: this.view });
      this.root.classList.add("is-ready");
    }
    if (!this.live && this.root.dataset.live) this.follow();
  }

  failed(error) {
    console.error(error);
    const again = document.createElement("button");
    again.type = "button";
    again.className = "button is-quiet is-small";
    again.textContent = this.words.retry;
    again.addEventListener("click", () => this.load({ first: !this.forest }));
    this.find("status").replaceChildren(`${this.words.failed} `, again);
  }

  follow() {
    this.live = new Live(this.root.dataset.live, {
      version: () => this.forest.meta.version,
      came: (news) => this.newcomers.came(news),
      lost: (lost) => this.say(lost ? this.words.lost : ""),
    });
  }

  say(text) {
    const status = this.find("status");
    if (status.textContent !== text) status.textContent = text;
  }

  // --- What is counted -------------------------------------------------------------------------------------------------

  get filter() {
    const { from, to } = this.timeline.parts;
    const { forest } = this;
    const choice = { ...this.choices.chosen };
    if (from > 0) choice.from = Math.round(forest.momentAt(from));
    if (to < 1) choice.to = Math.round(forest.momentAt(to));
    return choice;
  }

  filtered() {
    const { forest, timeline } = this;
    const range = [timeline.parts.from > 0 ? forest.countAt(timeline.parts.from) : 0, timeline.parts.to < 1 ? forest.countAt(timeline.parts.to) : forest.n];
    this.picture.filter(this.choices.keeps(forest), range);
    this.running = null;
    this.counted();
    const choice = this.filter;
    if (this.branch && Object.keys(choice).length) choice.branch = this.branch;
    this.numbers.ask(choice);
  }

  windowed(done) {
    this.clock.pause();
    this.playing(false);
    this.clockFace();
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      this.picture.show(this.forest.n);
      this.filtered();
    }, done || this.forest.n < 20_000 ? 0 : 90);
  }

  /** Bring the running measures up to the moment that is shown. */
  counted() {
    const { forest, picture, choices, timeline } = this;
    const isWhole = timeline.isWhole && !choices.any && picture.count >= forest.n;
    const shows = !isWhole || !this.hasSentences || Boolean(this.branch);
    this.find("running").hidden = !shows;
    this.find("says").hidden = shows && this.hasSentences;
    if (!shows) return;
    const [from, to] = picture.range;
    const { keeps } = picture;
    const { combo } = forest;
    const takes = timeline.isWhole && !choices.any ? null : (row) => row >= from && row < to && keeps[combo[row]] === 1;
    this.running ??= new Running(forest).start(picture.count, takes);
    this.running.grow(picture.count);
    showRunning(this.find("running"), this.running);
    if (takes && picture.count >= forest.n) this.say(this.running.people ? "" : this.words.nothing);
  }

  clockFace() {
    const { from, to, head } = this.timeline.parts;
    const { forest } = this;
    this.find("clock").textContent =
      !this.timeline.isWhole && head >= to
        ? this.words.window.replace("%s", when(forest.momentAt(from))).replace("%s", when(forest.momentAt(to)))
        : when(forest.momentAt(head));
  }

  // --- Replay ----------------------------------------------------------------------------------------------------------

  moveTo(part) {
    const { forest } = this;
    this.picture.show(part >= this.timeline.parts.to ? forest.n : Math.max(1, forest.countAt(part)));
    this.timeline.put(part);
    this.counted();
    this.clockFace();
  }

  scrub(part) {
    this.clock.pause();
    this.playing(false);
    this.moveTo(part);
  }

  play() {
    if (!this.forest) return;
    if (calm.matches) {
      const list = this.find("moments");
      if (!list.hidden) return void (list.hidden = true);
      drawMoments(list, this.forest, this.palette, (count, moment) => ({
        title: `${this.words.people}: ${number(count)}`,
        text: `${when(this.forest.momentAt(this.forest.partAt(count)))} (${moment}/${MOMENTS})`,
      }));
      list.scrollIntoView({ block: "nearest" });
      return;
    }
    if (this.clock.playing) {
      this.clock.pause();
      this.playing(false);
      return;
    }
    this.choose(-1, true);
    const { head, from, to } = this.timeline.parts;
    this.playing(true);
    this.clock.play(head, from, to);
  }

  playing(on) {
    const button = this.find("play");
    button.classList.toggle("is-on", on);
    button.setAttribute("aria-label", on ? this.words.pause : this.words.play);
  }

  // --- People ----------------------------------------------------------------------------------------------------------

  choose(row, pin) {
    if (pin) this.pinned = row;
    this.picture.light(row);
    this.find("hint").hidden = row >= 0;
    if (row < 0) this.card.hide();
    else this.card.show(this.forest, row, this.palette);
  }

  reveal(row) {
    this.picture.camera.reveal(this.picture.xs[row], this.picture.ys[row], this.picture.width, this.picture.height);
    this.choose(row, true);
  }

  hover(at) {
    if (!this.forest || this.clock.playing) return;
    const row = at ? this.picture.nearest(at[0], at[1], MOUSE) : -1;
    this.find("field").classList.toggle("is-over", row >= 0);
    if (row === this.under) return;
    this.under = row;
    clearTimeout(this.soon);
    // Light at once; the card a moment later, so that a hand passing over does not ask for everybody.
    this.picture.light(row >= 0 ? row : this.pinned);
    this.soon = setTimeout(() => this.choose(row >= 0 ? row : this.pinned, false), 110);
  }

  tap([x, y], kind) {
    if (!this.forest) return;
    if (this.clock.playing) {
      this.clock.pause();
      this.playing(false);
    }
    this.choose(this.picture.nearest(x, y, kind === "mouse" ? MOUSE : FINGER), true);
  }

  // --- Listening ---------------------------------------------------------------------------------------------------------

  listen() {
    const { root, picture, find } = this;
    const field = find("field");
    picture.camera.listen(field, (at, kind) => this.tap(at, kind), (at) => this.hover(at));
    picture.onmove = () => {
      for (const part of [field, root]) part.classList.toggle("is-near", picture.camera.zoom > 1);
    };
    field.addEventListener("keydown", (event) => walk(this, event));
    find("play").addEventListener("click", () => this.play());
    find("speed").addEventListener("change", (event) => (this.clock.speed = Number(event.target.value)));
    find("colour").addEventListener("change", (event) => {
      this.mode = event.target.value;
      if (!this.forest) return;
      this.palette = palette(this.forest, this.mode, this.words);
      picture.recolour(this.palette);
      this.choices.showLegend(this.palette);
    });
    for (const button of root.querySelectorAll("[data-view]")) button.addEventListener("click", () => go(this, { view: button.dataset.view }));
    for (const button of root.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => (button.dataset.zoom === "all" ? picture.camera.reset() : picture.camera.zoomBy(button.dataset.zoom === "in" ? 1.6 : 1 / 1.6)));
    }
    find("whole").addEventListener("click", () => go(this, { branch: null }));
    find("card").addEventListener("click", (event) => {
      const button = event.target.closest("[data-branch]");
      if (button) return go(this, { branch: button.dataset.branch });
      const row = event.target.closest(".chain [data-row]")?.dataset.row;
      if (row) this.reveal(this.forest.rowOf(Number(row)));
    });
    window.addEventListener("popstate", () => arrive(this));
    if (root.dataset.search) {
      offerSearch(find("search-field"), find("found"), {
        url: root.dataset.search,
        version: () => this.forest?.meta.version ?? "",
        choose: (row) => this.reveal(this.forest.rowOf(row)),
      });
    }
    offerStills(this);
    markView(this);
  }

  get subtitle() {
    return `${this.words.people}: ${number(this.picture.count)} · ${this.find("clock").textContent || today()}`;
  }
}
