// Codes typed by hand: eight signs, the last of which finds a wrong one.
import { fold, isMistyped } from "./codes.js";

const WHOLE = 8;

/**
 * Say how far somebody has typed, and how it is shown.
 *
 * @param {string} text
 * @returns {{state: "going" | "right" | "wrong" | "foreign", shown: string, typed: number}}
 */
export function typed(text) {
  const bare = text.replace(/[\s-]/g, "");
  const folded = fold(bare);
  if (bare && (folded === null || bare.length > WHOLE)) return { state: "foreign", shown: text, typed: bare.length };
  const signs = folded ?? "";
  const state = signs.length < WHOLE ? "going" : isMistyped(signs) ? "wrong" : "right";
  return { state, shown: signs.length > 4 ? `${signs.slice(0, 4)} ${signs.slice(4)}` : signs, typed: signs.length };
}

/** Keep a field and the line below it in step with what is typed. */
export function follow(field, line, words) {
  const update = () => {
    const { state, shown, typed: signs } = typed(field.value);
    if (state !== "foreign" && field.selectionStart === field.value.length && field.value !== shown) field.value = shown;
    line.dataset.state = field.value ? state : "";
    line.textContent = field.value ? words.say(`typed.${state}`, { typed: words.number(signs), whole: words.number(WHOLE) }) : "";
  };
  field.addEventListener("input", update);
  return update;
}
