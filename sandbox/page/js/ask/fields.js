/**
 * The one place that makes an input from a description: for options of commands, fields of modals, and whatever else a
 * person fills in. A new kind of field is a line in KINDS.
 */

import { checks, choice, picks, radios, tick, truth } from "./field-choice.js";
import { completing, number, text } from "./field-text.js";
import { files } from "./filefield.js";

/** @type {Record<string, (about: any) => import("./field-frame.js").Field>} */
const KINDS = {
  line: text, // the value is text, "" where nothing was typed
  paragraph: text,
  integer: number,
  number,
  completing,
  boolean: truth,
  choice, // one of `choices`
  radios,
  picks, // a list of values
  checks,
  tick,
  files, // a File, or a list of them
};

/**
 * A field of a form.
 *
 * @param {import("./field-frame.js").Description} about
 * @returns {import("./field-frame.js").Field}
 */
export function field(about) {
  return KINDS[about.kind](about);
}
