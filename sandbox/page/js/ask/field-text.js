/** Fields that are typed: text, whole numbers, numbers, and text that completes itself. */

import { h } from "../dom.js";
import { framed, range } from "./field-frame.js";
import { listboxFor } from "./listbox.js";

const PATIENCE = 150; // ms without a key before the bot is asked for suggestions
const UNTOLD = 4000; // characters: a limit as high as this is told only to those who come near it
const NEAR = 0.8; // the part of the allowed characters after which they are counted

/**
 * Let a text box be as high as its text; the style sheet says how high at most.
 *
 * @param {HTMLTextAreaElement} box
 */
export function grow(box) {
  box.style.setProperty("--tall", "0px");
  box.style.setProperty("--tall", `${box.scrollHeight + 2}px`);
}

/** Text; `paragraph` keeps Enter for itself. @param {import("./field-frame.js").Description} about */
export function text(about) {
  const { required, min, max } = about;
  const lines = about.kind === "paragraph";
  const box = /** @type {HTMLTextAreaElement} */ (h("textarea", {
    rows: lines ? 4 : 1, value: about.value ?? "", placeholder: about.placeholder ?? "", autocomplete: "off", data: { lines: lines ? "many" : "one" },
  }));
  const count = h("span.count", { "aria-hidden": "true" });
  const least = min && min > 1 ? min : undefined; // "at least 1" is what "required" says
  const told = max !== undefined && max < UNTOLD ? max : undefined;
  const frame = framed(about, box, { allowed: range(least, told, "character"), extra: count });
  const counting = () => {
    const near = max !== undefined && box.value.length >= max * NEAR;
    count.textContent = near || (least && box.value.length) ? `${box.value.length}${max === undefined ? "" : ` / ${max}`}` : "";
    count.classList.toggle("over", max !== undefined && box.value.length > max);
  };
  const problem = () => {
    const length = box.value.length;
    if (!length) return required ? "This is required." : null;
    if (min !== undefined && length < min) return `This has ${length} of at least ${min} characters.`;
    return max !== undefined && length > max ? `This has ${length} characters; ${max} is the most.` : null;
  };
  box.addEventListener("input", () => { grow(box); counting(); forgive(box, frame, problem); });
  // its height is known only where it is seen
  new ResizeObserver((_, watch) => { if (box.scrollHeight) { grow(box); watch.disconnect(); } }).observe(box);
  counting();
  return { ...frame, problem, value: () => box.value, focus: () => box.focus() };
}

/** A number; whole where the kind is "integer". @param {import("./field-frame.js").Description} about */
export function number(about) {
  const whole = about.kind === "integer";
  const box = /** @type {HTMLInputElement} */ (h("input", {
    type: "text", inputMode: whole && !((about.min ?? -1) < 0) ? "numeric" : "text", autocomplete: "off", value: about.value ?? "", placeholder: about.placeholder ?? "",
  }));
  const frame = framed(about, box, { allowed: range(about.min, about.max) || (whole ? "a whole number" : "a number") });
  const problem = () => numberProblem(box.value, about, whole);
  box.addEventListener("input", () => forgive(box, frame, problem));
  return { ...frame, problem, value: () => (box.value.trim() ? asNumber(box.value) : undefined), focus: () => box.focus() };
}

/**
 * Text for which the bot makes suggestions while it is typed; other text may be entered as well.
 *
 * @param {import("./field-frame.js").Description} about
 */
export function completing(about) {
  const { of = "text", suggest = async () => [] } = about;
  const box = /** @type {HTMLInputElement} */ (h("input", { type: "text", autocomplete: "off", value: about.value ?? "", placeholder: about.placeholder ?? "" }));
  const allowed = range(about.min, about.max, of === "text" ? "character" : undefined);
  const frame = framed(about, box, { allowed, around: h("div", {}, box) });
  /** @type {import("./field-frame.js").Choice | null} */
  let taken = null;
  const list = listboxFor(box, { label: `Suggestions for ${about.name}`, chosen: (choice) => {
    taken = choice;
    box.value = choice.name;
    forgive(box, frame, problem);
  } });
  const value = () => {
    const typed = box.value.trim();
    if (taken && taken.name === box.value) return taken.value;
    return typed && of !== "text" ? asNumber(typed) : box.value;
  };
  const problem = () => {
    const typed = String(value());
    if (of !== "text") return numberProblem(typed, about, of === "integer");
    if (!typed) return about.required ? "This is required." : null;
    const fits = typed.length >= (about.min ?? 0) && typed.length <= (about.max ?? Infinity);
    return fits ? null : `This has ${typed.length} characters; it takes ${allowed}.`;
  };
  let turn = 0;
  const ask = async (/** @type {number} */ patience) => {
    const mine = ++turn;
    await new Promise((resolve) => setTimeout(resolve, patience));
    if (mine !== turn) return;
    let found = null;
    try {
      found = await suggest(box.value);
    } catch { /* told below: a bot that suggests nothing in time hinders nobody from typing */ }
    if (mine !== turn || document.activeElement !== box) return; // late: something else was typed meanwhile
    const note = found ? (found.length ? "" : "The bot suggests nothing for this.") : "The bot did not answer with suggestions.";
    list.show((found ?? []).map((choice) => ({ shown: choice.name, meant: choice })), note);
  };
  box.addEventListener("input", () => { forgive(box, frame, problem); ask(PATIENCE); });
  box.addEventListener("focus", () => ask(0));
  box.addEventListener("blur", () => { turn += 1; });
  box.addEventListener("keydown", (event) => {
    if (list.pressed(event)) return;
    if (event.key === "ArrowDown") { event.preventDefault(); ask(0); }
  });
  return { ...frame, problem, value, focus: () => box.focus() };
}

/** Once a field was marked as wrong, typing shows at once when it is right. @param {HTMLElement} box @param {any} frame @param {() => string | null} problem */
function forgive(box, frame, problem) {
  if (box.hasAttribute("aria-invalid")) frame.mark(problem());
}

/** @param {string} typed a comma is read as the decimal point */
function asNumber(typed) {
  return Number(typed.trim().replace(",", "."));
}

/** @param {string} typed @param {import("./field-frame.js").Description} about @param {boolean} whole */
function numberProblem(typed, { required, min = -Infinity, max = Infinity }, whole) {
  if (!typed.trim()) return required ? "This is required." : null;
  const value = asNumber(typed);
  if (!Number.isFinite(value)) return "This is not a number.";
  if (whole && !Number.isInteger(value)) return "This has to be a whole number.";
  if (whole && !Number.isSafeInteger(value)) return "Discord takes whole numbers up to 9007199254740991.";
  if (value >= min && value <= max) return null;
  return `This has to be ${Number.isFinite(min) && Number.isFinite(max) ? `${min} to ${max}` : Number.isFinite(min) ? `at least ${min}` : `at most ${max}`}.`;
}
