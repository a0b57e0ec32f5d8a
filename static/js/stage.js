// The ripple around a fan: choose a person, and their chain to the first teller and the branch below light up.

const NEAR = 28; // Pixels: a finger is wider than a dot.

export function lightStages(root) {
  for (const svg of root.querySelectorAll("svg.stage:not([data-ready])")) {
    if (svg.querySelector(".person[data-id]")) new Stage(svg);
  }
}

class Stage {
  constructor(svg) {
    svg.dataset.ready = "";
    this.svg = svg;
    this.people = readPeople(svg);
    this.pinned = null;
    this.lit = [];

    // A picture's parts cannot be reached; a group's can.
    svg.setAttribute("role", "group");
    this.reachable = this.first();
    this.makeReachable(this.reachable);

    svg.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.show(this.nearest(event) ?? this.pinned));
    svg.addEventListener("pointerleave", () => this.show(this.pinned));
    svg.addEventListener("click", (event) => this.pin(this.nearest(event)));
    svg.addEventListener("focusin", (event) => this.pin(this.people.get(event.target.closest(".person")?.dataset.id)));
    svg.addEventListener("keydown", (event) => this.walk(event));
  }

  first() {
    for (const person of this.people.values()) if (!person.parent) return person;
    return this.people.values().next().value;
  }

  nearest(event) {
    const matrix = this.svg.getScreenCTM();
    if (!matrix) return null;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    let best = null;
    let least = (NEAR / matrix.a) ** 2;
    for (const person of this.people.values()) {
      const distance = (person.x - at.x) ** 2 + (person.y - at.y) ** 2;
      if (distance < least) [best, least] = [person, distance];
    }
    return best;
  }

  pin(person) {
    this.pinned = person ?? null;
    this.show(this.pinned);
    if (person) this.makeReachable(person);
  }

  show(person) {
    if (person === this.shown) return;
    this.shown = person;
    for (const element of this.lit) element.classList.remove("lit", "chosen");
    this.lit = [];
    this.svg.classList.toggle("has-lit", Boolean(person));
    if (person) {
      for (let one = person; one; one = one.parent) this.light(one);
      const branch = [...person.children];
      for (const one of branch) {
        this.light(one);
        branch.push(...one.children);
      }
      person.element.classList.add("chosen");
    }
  }

  light(person) {
    for (const element of [person.element, person.edge]) {
      if (!element) continue;
      element.classList.add("lit");
      this.lit.push(element);
    }
  }

  // One person at a time is in the order of the tab key; the arrows go on from there.
  makeReachable(person) {
    const before = this.reachable?.element;
    if (before && before !== person.element) {
      before.setAttribute("tabindex", "-1");
      before.removeAttribute("role");
    }
    person.element.setAttribute("tabindex", "0");
    person.element.setAttribute("role", "button");
    this.reachable = person;
  }

  walk(event) {
    const person = this.people.get(event.target.closest?.(".person")?.dataset.id);
    if (!person) return;
    const siblings = person.parent ? person.parent.children : [...this.people.values()].filter((one) => !one.parent);
    const place = siblings.indexOf(person);
    const next = {
      ArrowUp: person.parent,
      ArrowDown: person.children[0],
      ArrowLeft: siblings.at(place - 1),
      ArrowRight: siblings[(place + 1) % siblings.length],
      Home: this.first(),
    }[event.key];
    if (event.key === "Escape") this.pin(null);
    if (!next) return;
    event.preventDefault();
    this.makeReachable(next);
    next.element.focus();
  }
}

function readPeople(svg) {
  const people = new Map();
  for (const element of svg.querySelectorAll(".person[data-id]")) {
    const dot = element.matches(".dot") ? element : element.querySelector(".dot");
    const moved = element.transform?.baseVal.consolidate()?.matrix;
    people.set(element.dataset.id, {
      element,
      edge: null,
      parent: null,
      children: [],
      x: Number(dot?.getAttribute("cx") ?? 0) + (moved?.e ?? 0),
      y: Number(dot?.getAttribute("cy") ?? 0) + (moved?.f ?? 0),
    });
  }
  for (const person of people.values()) {
    person.parent = people.get(person.element.dataset.parent) ?? null;
    person.parent?.children.push(person);
    person.edge = person.element.querySelector(".edge");
  }
  for (const edge of svg.querySelectorAll(".edge[data-to]")) {
    const person = people.get(edge.dataset.to);
    if (person) person.edge = edge;
  }
  return people;
}
