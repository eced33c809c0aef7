/** What every field has around its control: name, description, what is allowed, and what is wrong with it. */

import { freshId, h } from "../dom.js";
import { counted } from "../format.js";

/**
 * What a field asks for.
 *
 * @typedef {object} Description
 * @property {string} kind one of the keys of KINDS in fields.js
 * @property {string} name what a person reads
 * @property {string} [help]
 * @property {boolean} [required]
 * @property {number} [min] least characters, value or count, as the kind says
 * @property {number} [max]
 * @property {any} [value] what is in it at the start, in the shape of the field's value()
 * @property {string} [placeholder]
 * @property {Choice[]} [choices]
 * @property {"text" | "integer" | "number"} [of] what a completing text stands for
 * @property {(typed: string) => Promise<Choice[]>} [suggest] for a completing text
 */

/**
 * Something to choose.
 *
 * @typedef {object} Choice
 * @property {string} name
 * @property {any} value
 * @property {string} [description]
 * @property {Node | null} [sign] stands before the name
 */

/**
 * A field of a form.
 *
 * @typedef {object} Field
 * @property {HTMLElement} element
 * @property {() => any} value undefined where nothing was entered
 * @property {() => string | null} problem what is wrong, as a sentence
 * @property {(sentence: string | null) => void} mark shows a sentence at the field; null takes it away
 * @property {() => void} focus
 * @property {(files: File[]) => File[]} [take] a field of files: takes what it has room for → what is left over
 * @property {() => boolean} [empty] a field of files: whether it has none
 */

/**
 * A frame around a control of its own.
 *
 * @param {Description} about
 * @param {HTMLElement} control the element that is labelled and described
 * @param {{around?: HTMLElement, allowed?: string, extra?: any}} [more] `around` holds the control where it is not put in
 *   itself; `allowed` says the range; `extra` stands at the end of the line of the name
 */
export function framed(about, control, { around = control, allowed = "", extra = null } = {}) {
  control.id ||= freshId("field");
  const parts = lines(about, allowed);
  control.setAttribute("aria-describedby", parts.ids);
  if (about.required) control.setAttribute("aria-required", "true");
  const element = h("div.field", { data: { kind: about.kind } },
    h("div.name", {}, h("label", { htmlFor: control.id }, about.name, parts.must), extra),
    parts.help, around, parts.below);
  return { element, mark: marker(control, parts.problem) };
}

/**
 * A frame around several controls that answer one question together.
 *
 * @param {Description} about
 * @param {HTMLElement[]} controls
 * @param {{allowed?: string, radio?: boolean}} [more]
 */
export function framedGroup(about, controls, { allowed = "", radio = false } = {}) {
  const parts = lines(about, allowed);
  const named = freshId("name");
  const element = h("div.field.group", {
    role: radio ? "radiogroup" : "group", "aria-labelledby": named, "aria-describedby": parts.ids, data: { kind: about.kind },
    ...(radio && about.required ? { "aria-required": "true" } : {}),
  }, h("div.name", {}, h("span", { id: named }, about.name, parts.must)), parts.help, controls, parts.below);
  const show = marker(element, parts.problem);
  return {
    element,
    mark: (/** @type {string | null} */ sentence) => {
      show(sentence);
      if (!radio) element.removeAttribute("aria-invalid"); // a group cannot be invalid, only what is in it
    },
  };
}

/** @param {Description} about @param {string} allowed */
function lines(about, allowed) {
  const help = about.help ? h("p.help", { id: freshId("help") }, about.help) : null;
  const range = allowed ? h("span", { id: freshId("range") }, allowed) : null;
  const problem = h("span.problem", { id: freshId("problem") });
  return {
    help,
    problem,
    below: h("p.below", {}, problem, range),
    must: about.required ? h("span.must", {}, " required") : null,
    ids: [help, range, problem].flatMap((one) => (one ? [one.id] : [])).join(" "),
  };
}

/** @param {HTMLElement} control @param {HTMLElement} problem */
function marker(control, problem) {
  return (/** @type {string | null} */ sentence) => {
    problem.textContent = sentence ?? "";
    if (sentence) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  };
}

/**
 * A range in words: "2 to 500 characters", "17 to 161", "at least 3"; "" where everything goes.
 *
 * @param {number | undefined} min
 * @param {number | undefined} max
 * @param {string} [unit] one of what is counted: "character", "file"
 */
export function range(min, max, unit) {
  const some = (/** @type {number} */ count) => (unit ? counted(count, unit) : String(count));
  if (min !== undefined && min === max) return unit ? `exactly ${some(min)}` : `only ${min}`;
  if (min !== undefined && max !== undefined) return `${min} to ${some(max)}`;
  if (min !== undefined) return `at least ${some(min)}`;
  return max === undefined ? "" : `at most ${some(max)}`;
}

/**
 * Look at every field, show what is wrong with each, and go to the first that is wrong.
 *
 * @param {Field[]} fields
 * @returns {boolean} whether all are right
 */
export function allRight(fields) {
  const wrong = fields.filter((one) => {
    const sentence = one.problem();
    one.mark(sentence);
    return sentence;
  });
  wrong[0]?.focus();
  return !wrong.length;
}
