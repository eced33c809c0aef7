/** Options of slash commands as fields. The numbers are Discord's. */

import { field } from "./fields.js";
import { known } from "./known.js";

const STRING = 3;
const INTEGER = 4;
const BOOLEAN = 5;
const NUMBER = 10;
const ATTACHMENT = 11;
const NOTHING = "…"; // what discord.py says of an option that was not described
const WHOM = /** @type {Record<number, string>} */ ({ 6: "user", 7: "channel", 8: "role", 9: "mentionable" });
const TYPED = /** @type {Record<number, "text" | "integer" | "number">} */ ({ [STRING]: "text", [INTEGER]: "integer", [NUMBER]: "number" });

/** Whether an option takes a file. @param {any} option */
export function takesFile(option) {
  return option.type === ATTACHMENT;
}

/** Whether the bot is told of this option while another one is typed. @param {any} option */
export function isToldEarly(option) {
  return option.type in TYPED || option.type === BOOLEAN;
}

/**
 * The field of an option.
 *
 * @param {any} option as the bot synced it
 * @param {any} value what is in it at the start
 * @param {import("../state.js").State} state
 * @param {(typed: string) => Promise<import("./field-frame.js").Choice[]>} suggest
 */
export function optionField(option, value, state, suggest) {
  return field({ ...kindOf(option, state, suggest), name: option.name, help: option.description === NOTHING ? "" : option.description, required: Boolean(option.required), value });
}

/** @param {any} option @param {import("../state.js").State} state @param {(typed: string) => Promise<any[]>} suggest */
function kindOf(option, state, suggest) {
  const { type, choices, autocomplete } = option;
  const characters = { min: option.min_length, max: option.max_length };
  const values = { min: option.min_value, max: option.max_value };
  if (choices?.length) return { kind: "choice", choices };
  if (autocomplete) return { kind: "completing", of: TYPED[type], suggest, ...(type === STRING ? characters : values) };
  if (type === STRING) return { kind: "line", ...characters };
  if (type === INTEGER) return { kind: "integer", ...values };
  if (type === NUMBER) return { kind: "number", ...values };
  if (type === BOOLEAN) return { kind: "boolean" };
  if (type === ATTACHMENT) return { kind: "files" };
  if (type in WHOM) return { kind: "choice", choices: known(WHOM[type], state) };
  return { kind: "line", placeholder: `an option of type ${type}, which this page does not know` };
}
