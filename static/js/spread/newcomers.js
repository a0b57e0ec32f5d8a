// People who come while somebody is looking: first beside their introducer, then, when enough have come, in a new layout.
import { number } from "./figures.js";
import { standing } from "./over.js";

const MANY = 200;
const SHARE = 0.05;
const GENTLY = 2200;
const LATEST = 60_000;

export class Newcomers {
  constructor(stage) {
    this.stage = stage;
    this.people = [];
  }

  restart() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.people = [];
    this.stage.live?.restart();
  }

  came(news) {
    const { stage } = this;
    const { forest, picture, words } = stage;
    if (!news) return stage.load({ same: true });
    if (stage.branch) return;
    for (const one of news.people) this.add(one, forest, picture);
    picture.newcomers = picture.count >= forest.n ? this.people : [];
    picture.request();
    stage.say(words.came.replace("%s", number(this.people.length)));
    stage.root.dataset.newcomers = String(this.people.length);
    const enough = this.people.length > Math.min(MANY, forest.n * SHARE);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), enough ? GENTLY : LATEST);
  }

  /** Glide to a layout in which they have their place, unless somebody is in the middle of something. */
  settle() {
    const { stage } = this;
    const busy = stage.clock.playing || stage.choices.any || !stage.timeline.isWhole || stage.picture.count < stage.forest.n || document.hidden;
    if (busy) this.timer = setTimeout(() => this.settle(), GENTLY);
    else stage.load({ same: true });
  }

  add(one, forest, picture) {
    const teller = one.new === null || one.new === undefined ? null : this.people[one.new];
    const row = one.row === null || one.row === undefined ? null : forest.rowOf(one.row);
    const at = this.people.length + 1;
    let place;
    if (teller) place = standing(forest, 0, () => teller.x, () => teller.y, at);
    else place = standing(forest, row, (parent) => picture.xs[parent], (parent) => picture.ys[parent], at);
    this.people.push({ ...place, tone: this.tone(one), since: performance.now(), fresh: true });
  }

  tone(one) {
    const { stage } = this;
    const { entries } = stage.palette;
    const at = { channel: 0, language: 1, verdict: 3 }[stage.mode];
    if (stage.mode === "generation") return Math.min(entries.length - 1, one.generation ?? 0);
    if (at === undefined) return 0;
    const place = entries.findIndex((entry) => entry.name === one.combo?.[at]);
    return place < 0 ? entries.length - 1 : place;
  }
}
