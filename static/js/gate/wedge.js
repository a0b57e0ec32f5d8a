// A reader on a cable types like a keyboard, only faster than a person, and ends with Enter. It works wherever the focus is.

const PACE = 50; // Milliseconds from key to key, in the mean; quick fingers need 80.
const PAUSE = 250; // The longest time between two keys of one code: radio readers stumble.
const SHORTEST = 6; // Signs.

/** Call `take(text)` for each code that a reader types; where that gives false, it was meant for the field it stands in. */
export function listen(take, target = document) {
  let keys = [];
  target.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const now = event.timeStamp;
    if (keys.length && now - keys.at(-1).at > PAUSE) keys = [];
    if (event.key.length === 1) {
      keys.push({ sign: event.key, at: now, before: keys.length ? null : stateOf(event.target) });
    } else if (event.key === "Enter") {
      const typed = keys;
      keys = [];
      if (!isReader(typed) || !take(typed.map(({ sign }) => sign).join(""))) return;
      event.preventDefault();
      event.stopPropagation();
      typed[0].before?.();
    }
  }, { capture: true });
}

function isReader(keys) {
  return keys.length >= SHORTEST && keys.at(-1).at - keys[0].at <= PACE * (keys.length - 1);
}

// What a reader has typed into a field by the way is taken out again.
function stateOf(field) {
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return null;
  const { value } = field;
  return () => {
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
}
