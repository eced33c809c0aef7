/** Fields that are chosen from what is given: one of several, several of several, yes or no. */

import { freshId, h } from "../dom.js";
import { framed, framedGroup, range } from "./field-frame.js";
import { picker } from "./picker.js";

/** One of the choices, or none; the browser's own list. @param {import("./field-frame.js").Description} about */
export function choice(about) {
  const choices = about.choices ?? [];
  const box = /** @type {HTMLSelectElement} */ (h("select", {},
    h("option", { value: "" }, about.placeholder ?? "Choose…"),
    choices.map((one, number) => h("option", { value: String(number), selected: one.value === about.value }, one.name))));
  const frame = framed(about, box);
  const problem = () => (about.required && !box.value ? "This is required." : null);
  box.addEventListener("change", () => frame.mark(problem()));
  return { ...frame, problem, value: () => (box.value ? choices[Number(box.value)].value : undefined), focus: () => box.focus() };
}

/** Several of the choices (or one), with what is said about each; the value is a list. @param {import("./field-frame.js").Description} about */
export function picks(about) {
  const { choices = [], min = 1, max = 1 } = about;
  const one = picker(choices, { label: about.name, placeholder: about.placeholder, min: about.required ? min : 0, max, value: about.value ?? [], done: () => frame.mark(problem()) });
  const frame = framed(about, one.button, { around: one.element, allowed: max > 1 ? `choose ${range(min, max)}` : "" });
  const problem = () => {
    const count = one.value().length;
    if (!count) return about.required ? "This is required." : null;
    return count >= min && count <= max ? null : `Choose ${range(min, max)}.`;
  };
  // where nothing has to be chosen but something is, the least number still counts
  return { ...frame, problem, value: () => (one.value().length ? one.value() : undefined), focus: () => one.button.focus() };
}

/** One of the choices, all of them seen. @param {import("./field-frame.js").Description} about */
export function radios(about) {
  return marks(about, "radio", ([only]) => only, (count) => (about.required && !count ? "Choose one." : null));
}

/** Several of the choices, all of them seen; the value is a list. @param {import("./field-frame.js").Description} about */
export function checks(about) {
  const { required, min = 0, max = (about.choices ?? []).length } = about;
  const least = Math.max(min, required ? 1 : 0);
  const some = range(min || undefined, max, undefined);
  return marks(about, "checkbox", (values) => (values.length ? values : undefined), (count) => {
    if (!count) return required ? `Choose ${some}.` : null;
    return count >= least && count <= max ? null : `Choose ${some}; ${count} are chosen.`;
  }, max < (about.choices ?? []).length || min > 1 ? `choose ${some}` : "");
}

/** Yes or no, as two things to choose from, so that "nothing said" stays possible. @param {import("./field-frame.js").Description} about */
export function truth(about) {
  return radios({ ...about, choices: [{ name: "True", value: true }, { name: "False", value: false }] });
}

/** A box to tick; the value is true or false. @param {import("./field-frame.js").Description} about */
export function tick(about) {
  const id = freshId("tick");
  const box = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", id, checked: Boolean(about.value) }));
  const help = about.help ? h("span.help", { id: `${id}-help` }, about.help) : null;
  if (help) box.setAttribute("aria-describedby", help.id);
  const element = h("div.field", { data: { kind: about.kind } }, h("label.tick", {}, box, h("span", {}, about.name)), help);
  return { element, problem: () => null, mark: () => {}, value: () => box.checked, focus: () => box.focus() };
}

/**
 * Inputs that stand under each other, each with its own label.
 *
 * @param {import("./field-frame.js").Description} about
 * @param {"radio" | "checkbox"} type
 * @param {(values: any[]) => any} valued
 * @param {(count: number) => string | null} problemOf
 * @param {string} [allowed]
 */
function marks(about, type, valued, problemOf, allowed = "") {
  const choices = about.choices ?? [];
  const name = freshId("marks");
  const chosen = [about.value].flat();
  const boxes = choices.map((one) => /** @type {HTMLInputElement} */ (h("input", { type, name, checked: chosen.includes(one.value) })));
  const rows = choices.map((one, number) => h("label.tick", {}, boxes[number],
    h("span", {}, one.name, one.description && h("span.about", {}, one.description))));
  const frame = framedGroup(about, [h("div.ticks", {}, rows)], { allowed, radio: type === "radio" });
  const values = () => choices.filter((_, number) => boxes[number].checked).map((one) => one.value);
  const problem = () => problemOf(values().length);
  frame.element.addEventListener("change", () => frame.mark(problem()));
  return { ...frame, problem, value: () => valued(values()), focus: () => (boxes.find((box) => box.checked) ?? boxes[0])?.focus() };
}
