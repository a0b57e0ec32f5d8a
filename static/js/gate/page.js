// Finding and filling the page's parts.

/** Find the one element that bears data-NAME. */
export const part = (name, root = document) => root.querySelector(`[data-${name}]`);

/** Find all elements that bear data-NAME. */
export const parts = (name, root = document) => root.querySelectorAll(`[data-${name}]`);

/** Write text into an element, and hide it where there is none. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text;
}

/** Make one more of what a <template> holds. */
export const made = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/** Do something when an element is used, and say what went wrong through `fail`. */
export function onClick(name, act, fail = () => {}) {
  for (const element of parts(name)) element.addEventListener("click", () => Promise.resolve(act(element)).catch(fail));
}
