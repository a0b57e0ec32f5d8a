// The words that scripts say: they come with the page, translated, in <template id="words">.

export class Words {
  constructor(root = document) {
    this.language = root.documentElement.lang || "en";
    this.words = new Map();
    for (const element of root.getElementById("words").content.querySelectorAll("[data-word]")) {
      this.words.set(element.dataset.word, element.textContent);
    }
    this.plurals = new Intl.PluralRules(this.language);
    this.numbers = new Intl.NumberFormat(this.language);
    this.zone = undefined;
  }

  has(key) {
    return this.words.has(key);
  }

  /** Say something, with {places} filled in. */
  say(key, values = {}) {
    return (this.words.get(key) ?? "").replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
  }

  /** Say something in the plural form that belongs to a number, written as the language writes it. */
  count(key, number, values = {}) {
    return this.say(`${key}.${this.plurals.select(number)}`, { ...values, n: this.number(number) });
  }

  number(value) {
    return this.numbers.format(value);
  }

  /** Write a time of day at the event's place; with the day where it was not today. */
  time(moment, seconds = false) {
    const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: this.zone };
    if (seconds) options.second = "2-digit";
    if (this.#day(moment) !== this.#day(Date.now())) Object.assign(options, { day: "numeric", month: "short" });
    return new Intl.DateTimeFormat(this.language, options).format(moment);
  }

  #day(moment) {
    return new Intl.DateTimeFormat("en", { dateStyle: "short", timeZone: this.zone }).format(moment);
  }

  /** Say why; `about` is a verdict or an alarm. */
  reason({ reason, first, left }) {
    if (!reason) return "";
    if (reason === "already_in" && first?.at) {
      const key = first.place ? "reason.already_in.first" : "reason.already_in.when";
      return this.say(key, { time: this.time(first.at), place: first.place });
    }
    if (reason === "no_room" && left > 0) return this.count("reason.no_room.left", left);
    const key = `reason.${reason}`;
    return this.has(key) ? this.say(key) : this.say("reason.other", { code: reason });
  }

  /** Name whose pass it is: a name, else a label, else its number. */
  holder({ name, label, number }) {
    return name || label || (number ? this.say("pass", { number: this.number(number) }) : "");
  }
}
