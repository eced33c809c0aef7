/** The collapsible sections of the right column. What happens fast is drawn once a frame, and what is closed not at all. */

import { h } from "../dom.js";
import { keep, recall } from "./memory.js";

/**
 * @typedef {object} Section
 * @property {HTMLElement} whole the `<details>`
 * @property {HTMLElement} body where its content belongs
 * @property {(text: string) => void} gist what is said beside the title, also while it is closed
 * @property {(draw: () => void) => () => void} drawing gives what asks for a `draw`: it comes with the next frame, or
 *   when the section is opened
 */

/**
 * @param {string} name under which it is remembered whether it is open
 * @param {string} title
 * @param {boolean} open at first
 * @returns {Section}
 */
export function section(name, title, open) {
  const gist = h("span.gist");
  const body = h("div.within");
  const whole = /** @type {HTMLDetailsElement} */ (
    h("details.section", { open: recall(`open:${name}`, open) }, h("summary", {}, h("h3", {}, title), gist), body)
  );
  whole.addEventListener("toggle", () => keep(`open:${name}`, whole.open));
  return {
    whole,
    body,
    gist: (text) => {
      if (gist.textContent !== text) gist.textContent = text;
    },
    drawing: (draw) => {
      let stale = false;
      const now = batched(() => {
        if (!whole.open) return;
        stale = false;
        draw();
      });
      whole.addEventListener("toggle", () => whole.open && stale && now());
      return () => {
        stale = true;
        now();
      };
    },
  };
}

/**
 * Gives what asks for `draw`: however often that is asked within a frame, it is done once.
 *
 * @param {() => void} draw
 * @returns {() => void}
 */
export function batched(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}
