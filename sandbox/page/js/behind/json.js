/** JSON to look at and to take along: long texts are shortened for the eye alone. */

import { copy, h } from "../dom.js";

const LONG = 180; // characters of a text that are shown whole

/**
 * JSON below a line with its name and a button that copies all of it.
 *
 * @param {string} name what it is, in a word
 * @param {any} value
 */
export function showJson(name, value) {
  return h("div.json", {},
    h("div.line", {}, h("h4", {}, name), copying(`Copy`, value, `Copy the ${name.toLowerCase()} as JSON`)),
    h("pre", { tabIndex: 0, role: "group", "aria-label": name }, JSON.stringify(value, shortened, 2) ?? ""));
}

/**
 * A button that copies a value as JSON, whole.
 *
 * @param {string} label @param {any} value @param {string} [named] for those who do not see where it stands
 */
export function copying(label, value, named) {
  return h("button.quiet.small", { type: "button", "aria-label": named, onclick: () => copy(JSON.stringify(value, null, 2)) }, label);
}

/** A text as short as one wants to read it. @param {string} text */
export function short(text, most = LONG) {
  return text.length <= most ? text : `${text.slice(0, most - 40)} … ${text.slice(-16)} (${text.length} characters)`;
}

/** @param {string} _ @param {any} value */
function shortened(_, value) {
  return typeof value === "string" ? short(value) : value;
}
