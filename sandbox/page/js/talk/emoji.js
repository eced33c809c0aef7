/** The small pictures on buttons and choices. */

import { h } from "../dom.js";

/**
 * An emoji of a button or an option. One of a server's own has no picture here, so that its name is shown.
 *
 * @param {{id?: string | null, name?: string | null} | null | undefined} emoji
 * @returns {HTMLElement | null}
 */
export function sign(emoji) {
  if (!emoji?.name) return null;
  return h("span.sign", { "aria-hidden": "true" }, emoji.id ? `:${emoji.name}:` : emoji.name);
}
