/** What can be chosen in a select of a message or a modal. The numbers are Discord's component types. */

import { sign } from "./emoji.js";
import { known } from "../ask/known.js";

const STRING_SELECT = 3;
const WHOM = /** @type {Record<number, string>} */ ({ 5: "user", 6: "role", 7: "mentionable", 8: "channel" });
const TEXT_CHANNEL = 0; // all channels of the sandbox are of this type; its threads are not offered

/** @param {any} component */
export function isSelect(component) {
  return component.type === STRING_SELECT || component.type in WHOM;
}

/**
 * The options of a string select, radio group or checkbox group.
 *
 * @param {any} component
 * @returns {import("../ask/field-frame.js").Choice[]}
 */
export function optionsOf(component) {
  return (component.options ?? []).map((/** @type {any} */ one) => ({ name: one.label, value: one.value, description: one.description, sign: sign(one.emoji) }));
}

/** The values that are chosen at the start. @param {any} component */
export function defaultsOf(component) {
  const options = (component.options ?? []).filter((/** @type {any} */ one) => one.default);
  return [...options.map((/** @type {any} */ one) => one.value), ...(component.default_values ?? []).map((/** @type {any} */ one) => one.id)];
}

/**
 * A select in the words of fields: choices, how many, what is chosen.
 *
 * @param {any} component
 * @param {import("../state.js").State} state
 */
export function selectAsked(component, state) {
  const { type, channel_types: kinds, placeholder, min_values: min = 1, max_values: max = 1 } = component;
  const none = type === 8 && kinds?.length && !kinds.includes(TEXT_CHANNEL);
  const choices = type === STRING_SELECT ? optionsOf(component) : none ? [] : known(WHOM[type], state);
  return { choices, placeholder: placeholder ?? "Choose…", min: min ?? 1, max: max ?? 1, value: defaultsOf(component) };
}
