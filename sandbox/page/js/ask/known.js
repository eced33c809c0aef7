/** Who and what can be chosen in the place one looks at: people, roles, channels. */

import { h } from "../dom.js";
import { face } from "../people.js";

/** @typedef {import("./field-frame.js").Choice} Choice */

/** @type {Record<string, (state: import("../state.js").State) => Choice[]>} */
const KNOWN = {
  user: (state) => [...state.world.people, { ...state.world.bot, bot: true }].map((one) => (
    { name: one.name, value: one.id, sign: face(one, { tiny: true }) }
  )),
  role: (state) => (state.world.roles ?? []).map((/** @type {any} */ { id, name }) => (
    { name: name.startsWith("@") ? name : `@${name}`, value: id, sign: h("span.sign", { "aria-hidden": "true" }, "◆") }
  )),
  channel: (state) => state.guild.channels.filter((/** @type {any} */ one) => !one.thread).map((/** @type {any} */ one) => (
    { name: one.name, value: one.id, sign: h("span.sign", { "aria-hidden": "true" }, "#") }
  )),
  mentionable: (state) => [...KNOWN.user(state), ...KNOWN.role(state)],
};

/**
 * The people ("user"), roles ("role"), channels ("channel"), or people and roles ("mentionable") that there are.
 *
 * @param {string} kind
 * @param {import("../state.js").State} state
 * @returns {Choice[]} values are ids
 */
export function known(kind, state) {
  return KNOWN[kind](state);
}
